// tandem ps, submit, cancel, logs: asking a run that goes on.
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <limits>
#include <sstream>
#include <thread>

#include "cli/commands.h"
#include "cli/run_display.h"
#include "cli/terminal.h"
#include "executor/control/client_desk.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;

/// The folder of the job in the run; jobs are asked for by name, and folders begin with a number.
fs::path job_folder(const RunFolder& run, const std::string& name) {
  std::vector<std::string> names;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(run.path() / "jobs", none)) {
    const std::string folder = entry.path().filename();
    names.push_back(folder.substr(folder.find('-') + 1));
    if (names.back() == name) return entry.path();
  }
  throw InputError({run.path().string(), 0, 0},
                   fmt::format("no job {} has run here{}", name, suggestion(name, names)));
}

void print_new(std::ifstream& file) {
  std::ostringstream text;
  file.clear();
  text << file.rdbuf();
  print_output(text.str());
}

}  // namespace

int run_ps(const Arguments& arguments) {
  const ordered_json status = ask_controller(RunFolder(arguments.file), {{"do", "ps"}});
  if (arguments.json) {
    print_json(status);
  } else {
    print_output(status_table(status, std::numeric_limits<std::size_t>::max()));
  }
  return 0;
}

int run_submit(const Arguments& arguments) {
  const ordered_json answer = ask_controller(
      RunFolder(arguments.file),
      {{"do", "submit"}, {"file", arguments.name}, {"text", read_scenario_file(arguments.name)}});
  if (arguments.json) {
    print_json(answer);
  } else {
    for (const std::string name : answer["submitted"]) print_output("submitted " + name + "\n");
  }
  return 0;
}

int run_cancel(const Arguments& arguments) {
  const ordered_json answer =
      ask_controller(RunFolder(arguments.file), {{"do", "cancel"}, {"job", arguments.name}});
  if (arguments.json) {
    print_json(answer);
  } else {
    print_output("cancelled " + arguments.name + "\n");
  }
  return 0;
}

int run_logs(const Arguments& arguments) {
  const fs::path log = job_folder(RunFolder(arguments.file), arguments.name) /
                       fmt::format("rank-{}.log", arguments.run.rank);
  std::ifstream file(log);
  if (!file) throw InputError({log.string(), 0, 0}, "this rank has printed nothing");
  print_new(file);
  while (arguments.run.follow) {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    print_new(file);
  }
  return 0;
}

}  // namespace tandem

// tandem simulate: every policy with every seed, each in a process of its own.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <system_error>

#include "cli/commands.h"
#include "cli/infeasible.h"
#include "cli/notes.h"
#include "cli/plugin_file.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/answer.h"
#include "reports/export.h"
#include "reports/result_json.h"
#include "reports/table.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

void print_result(const Arguments& arguments, const ResultDocument& document) {
  if (arguments.json) {
    print_output(json_text(to_json(document)));
    if (says_notes(arguments) && !document.runs.empty()) {
      print_aside(answer(summarize(document.runs)) + "\n");
    }
  } else if (!document.runs.empty()) {
    print_output(result_table(document, {terminal_width(), use_color(STDOUT_FILENO)}));
    if (!arguments.output.empty()) print_output("\nResults: " + arguments.output + "\n");
  }
}

void write_result(const Arguments& arguments, const ResultDocument& document) {
  if (!arguments.output.empty()) write_export(fs::path(arguments.output) / "result.json", document);
  for (const std::string& file : arguments.exports) write_export(file, document);
}

/// What else the results should say of the scenario.
nlohmann::ordered_json about(const Scenario& scenario) {
  nlohmann::ordered_json more = nlohmann::ordered_json::object();
  for (const StepBand& band : scenario.step_bands) {
    nlohmann::ordered_json& told = more["step_time_band"][band.device];
    told = {{"low", band.low}, {"high", band.high}};
    if (band.is_measured) {
      told["source"] = "measured";
    } else {
      told["runs"] = band.runs;
    }
  }
  return more;
}

/// Creates the output folder now: to be told before a long run, not after.
std::optional<fs::path> prepare_output(const Arguments& arguments) {
  for (const std::string& file : arguments.exports) check_export(file);
  std::optional<fs::path> output;
  if (!arguments.output.empty()) {
    output = arguments.output;
    std::error_code error;
    fs::create_directories(*output, error);
    if (!error && access(output->c_str(), W_OK) != 0) error.assign(errno, std::generic_category());
    if (error) {
      throw InputError({arguments.output, 0, 0}, "cannot write results here: " + error.message());
    }
  }
  for (const std::string& file : arguments.exports) {
    const fs::path folder = fs::path(file).parent_path();
    std::error_code unknown;
    if (fs::is_directory(file, unknown)) throw InputError({file, 0, 0}, "this is a folder");
    if (access(folder.empty() ? "." : folder.c_str(), W_OK) != 0) {
      throw InputError({file, 0, 0}, std::string("cannot write here: ") + std::strerror(errno));
    }
  }
  return output;
}

/// Removes what a run left in its folder: all of it, or only the files it had not finished.
void clear_folder(const fs::path& folder, bool all) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    const bool is_result =
        name == "jobs.csv" || name == "requests.csv" || name == "journal" || name == "journal.zst";
    const bool is_ours = name.starts_with("jobs.csv.") || name.starts_with("requests.csv.") ||
                         name.starts_with("journal.");
    if ((is_result && all) || (is_ours && name.ends_with(".tmp"))) {
      fs::remove(entry.path(), ignored);
    }
  }
  rmdir(folder.c_str());  // If nothing else is in it.
}

/// Results of an earlier call, which must not be taken for those of this one.
void clear_output(const fs::path& output, const std::vector<Simulation>& simulations) {
  std::error_code ignored;
  fs::remove(output / "result.json", ignored);
  for (const Simulation& simulation : simulations) {
    clear_folder(folder_of(output, simulation), true);
  }
}

}  // namespace

int run_simulate(const Arguments& arguments) {
  const std::vector<std::string> plugins = load_policy_plugins(arguments.plugins);
  const Scenario scenario = load_what_if(arguments);
  const std::vector<Simulation> simulations = simulations_of(arguments, scenario, plugins);
  const auto output = prepare_output(arguments);
  if (arguments.strict) {
    for (const std::uint64_t seed : arguments.seeds) {
      const Infeasible infeasible = find_infeasible(scenario, seed);
      if (infeasible.count == 0) continue;
      print_error(infeasible.text() + " (--strict)");
      return 3;
    }
  }
  if (output) clear_output(*output, simulations);

  std::vector<ChildTask> tasks;
  std::vector<std::string> names;
  for (const Simulation& simulation : simulations) {
    names.push_back(fmt::format("{}, seed {}", simulation.policy, simulation.seed));
    tasks.push_back([&](const ReportProgress& report) {
      return run_one(scenario, simulation, output, report);
    });
  }
  const auto outcomes = run_all(arguments, tasks);

  int exit_code = tell_failures(names, outcomes);
  ResultDocument document{{scenario.name, scenario.hash, about(scenario)}, {}};
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].result) {
      document.runs.push_back(run_from_json(nlohmann::ordered_json::parse(*outcomes[i].result)));
    } else if (output) {
      clear_folder(folder_of(*output, simulations[i]), false);
    }
  }
  if (arguments.seeds.size() > 1 && !scenario.random && says_notes(arguments)) {
    print_error("note: nothing in this scenario is random, every seed gives the same result");
  }
  try {
    write_result(arguments, document);
  } catch (const std::exception& error) {  // A full disk; the table can still be had.
    print_error(error.what());
    exit_code = std::max(exit_code, 5);
  }
  print_result(arguments, document);
  return exit_code;
}

}  // namespace tandem

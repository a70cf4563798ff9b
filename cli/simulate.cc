// tandem simulate: every policy with every seed, each in a process of its own.
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <thread>

#include "cli/commands.h"
#include "cli/infeasible.h"
#include "cli/plugin_file.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/registry.h"
#include "reports/answer.h"
#include "reports/export.h"
#include "reports/findings.h"
#include "reports/jobs_csv.h"
#include "reports/journal_file.h"
#include "reports/progress.h"
#include "reports/result_json.h"
#include "reports/run_metrics.h"
#include "reports/table.h"
#include "sim/child_processes.h"
#include "sim/simulation.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

double monotonic_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Scenario load(const Arguments& arguments) {
  if (arguments.file.empty() == arguments.trace.empty()) {
    throw InputError(
        "simulate needs a scenario file or --trace FILE --devices N, and not both; 'tandem init "
        "lab.yaml' writes an example");
  }
  if (!arguments.trace.empty()) {
    if (arguments.devices == 0) throw InputError("--trace needs --devices N");
    return load_scenario(scenario_of_trace(arguments.trace, arguments.devices), arguments.trace, {},
                         arguments.overrides);
  }
  const fs::path file = arguments.file;
  return load_scenario(read_scenario_file(file), file.string(), file.parent_path(),
                       arguments.overrides);
}

/// What becomes of one simulation on disk: FOLDER/POLICY-seedN.
fs::path folder_of(const fs::path& output, const Simulation& simulation) {
  return output / run_folder(simulation.policy, simulation.seed);
}

/// Everybody who listens to a run.
class Listeners {
 public:
  Listeners(const Scenario& scenario, const std::optional<fs::path>& folder)
      : metrics_(figures_of(scenario)) {
    recorders_ = {&metrics_, &findings_};
    if (!folder) return;
    jobs_.emplace(*folder / "jobs.csv");
    journal_file_.emplace(*folder);
    journal_.emplace([this](std::string_view text) { journal_file_->write(text); });
    recorders_.push_back(&*jobs_);
    recorders_.push_back(&*journal_);
  }
  const std::vector<Recorder*>& recorders() const { return recorders_; }

  RunResult finish() {
    if (journal_) {
      journal_->finish();
      journal_file_->finish();
      jobs_->finish();
    }
    RunResult result = metrics_.result();
    result.findings = findings_.result(result);
    return result;
  }

 private:
  static DeviceFigures figures_of(const Scenario& scenario) {
    DeviceFigures figures{scenario.price_per_device_hour, {}, {}};
    for (const DevicePower& power : scenario.power) {
      figures.busy_watts.push_back(power.busy_watts);
      figures.idle_watts.push_back(power.idle_watts);
    }
    return figures;
  }
  RunMetrics metrics_;
  Findings findings_;
  std::optional<JobsCsv> jobs_;
  std::optional<JournalFile> journal_file_;
  std::optional<JournalWriter> journal_;
  std::vector<Recorder*> recorders_;
};

void fill_engine(EngineFigures& engine, double begun) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  engine.cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  engine.wall_s = monotonic_seconds() - begun;
  engine.peak_rss_bytes = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
}

/// What a child does: one simulation, told as JSON.
std::string run_one(const Scenario& scenario, const Simulation& simulation,
                    const std::optional<fs::path>& output, const ReportProgress& progress) {
  const double begun = monotonic_seconds();
  std::optional<fs::path> folder;
  if (output) folder = folder_of(*output, simulation);
  if (folder) fs::create_directories(*folder);
  Listeners listeners(scenario, folder);
  Recorders recorders(listeners.recorders());
  const auto notes = simulate(scenario, simulation, recorders, progress);
  RunResult result = listeners.finish();
  result.warnings = scenario.warnings;
  result.warnings.insert(result.warnings.end(), notes.begin(), notes.end());
  fill_engine(result.engine, begun);
  return to_json(result).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::vector<Simulation> simulations_of(const Arguments& arguments, const Scenario& scenario,
                                       const std::vector<std::string>& plugins) {
  std::vector<std::string> policies;
  for (const std::string& text : arguments.policies) policies.push_back(canonical_policy(text));
  if (policies.empty()) {
    policies = scenario.policies;
    policies.insert(policies.end(), plugins.begin(), plugins.end());
  }
  std::set<std::string> seen;
  for (const std::string& policy : policies) {
    if (!seen.insert(policy).second) throw InputError("policy '" + policy + "' is named twice");
  }
  std::vector<Simulation> simulations;
  for (const std::string& policy : policies) {
    for (const std::uint64_t seed : arguments.seeds) {
      simulations.push_back({policy, seed, TANDEM_VERSION});
    }
  }
  return simulations;
}

/// Whether to say what is good to know but no error.
bool says_notes(const Arguments& arguments) {
  return !arguments.quiet && arguments.log_level == "info";
}

Progress make_progress(const Arguments& arguments, std::size_t runs) {
  const auto mode = !says_notes(arguments)       ? Progress::Mode::kQuiet
                    : is_terminal(STDERR_FILENO) ? Progress::Mode::kTerminal
                                                 : Progress::Mode::kLines;
  return {runs, mode, monotonic_seconds, print_aside};
}

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
    const bool is_result = name == "jobs.csv" || name == "journal" || name == "journal.zst";
    const bool is_ours = name.starts_with("jobs.csv.") || name.starts_with("journal.");
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

/// Says what did not come to an end, and returns the exit code for it.
int tell_failures(const std::vector<Simulation>& simulations,
                  const std::vector<ChildOutcome>& outcomes) {
  int exit_code = 0;
  std::size_t interrupted = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    const ChildOutcome& outcome = outcomes[i];
    exit_code = std::max(exit_code, outcome.exit_code);
    if (outcome.result) continue;
    if (outcome.exit_code == 130) {
      ++interrupted;
    } else {
      print_error(fmt::format("{}, seed {}: {}", simulations[i].policy, simulations[i].seed,
                              outcome.error));
    }
  }
  if (interrupted > 0) {
    print_error(fmt::format("interrupted: {} of {} not finished", interrupted,
                            counted(outcomes.size(), "run")));
  }
  return exit_code;
}

}  // namespace

int run_simulate(const Arguments& arguments) {
  const std::vector<std::string> plugins = load_policy_plugins(arguments.plugins);
  const Scenario scenario = load(arguments);
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
  malloc_trim(0);  // What reading the scenario used is not every child's memory.

  std::vector<ChildTask> tasks;
  for (const Simulation& simulation : simulations) {
    tasks.push_back([&](const ReportProgress& report) {
      return run_one(scenario, simulation, output, report);
    });
  }
  const unsigned at_once = arguments.parallel > 0
                               ? arguments.parallel
                               : std::max(1u, std::thread::hardware_concurrency());
  Progress progress = make_progress(arguments, tasks.size());
  const auto outcomes = run_children(
      tasks, at_once, [&](std::size_t task, double share) { progress.update(task, share); });
  progress.finish();

  int exit_code = tell_failures(simulations, outcomes);
  ResultDocument document{{scenario.name, scenario.hash}, {}};
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

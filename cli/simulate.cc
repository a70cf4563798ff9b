// tandem simulate: every policy with every seed, each in a process of its own.
#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <set>
#include <thread>

#include "cli/commands.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/core/feasibility.h"
#include "policies/core/registry.h"
#include "reports/answer.h"
#include "reports/export.h"
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
    return load_scenario(scenario_of_trace(arguments.trace, arguments.devices), arguments.trace,
                         fs::current_path(), arguments.overrides);
  }
  const fs::path file = arguments.file;
  return load_scenario(read_scenario_file(file), file.string(), file.parent_path(),
                       arguments.overrides);
}

/// What becomes of one simulation on disk: FOLDER/POLICY-seedN.
fs::path folder_of(const fs::path& output, const Simulation& simulation) {
  std::string name = fmt::format("{}-seed{}", simulation.policy, simulation.seed);
  std::replace(name.begin(), name.end(), '/', '_');
  return output / name;
}

/// Everybody who listens to a run.
class Listeners {
 public:
  Listeners(const Scenario& scenario, const std::optional<fs::path>& folder)
      : metrics_(figures_of(scenario)) {
    recorders_.push_back(&metrics_);
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
      journal_->flush();
      journal_file_->finish();
      jobs_->finish();
    }
    return metrics_.result();
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

/// --strict: the first job that can never fit, looked for before anything is simulated.
std::optional<std::string> first_infeasible(const Scenario& scenario, std::uint64_t seed) {
  Feasibility feasibility(scenario.cluster, scenario.tenants);
  const auto arrivals = scenario.arrivals(seed);
  while (const auto arrival = arrivals->next()) {
    std::string why = feasibility.why_never(arrival->job);
    if (!why.empty()) return fmt::format("job {}: {}", arrival->job.name, why);
  }
  return std::nullopt;
}

std::vector<Simulation> simulations_of(const Arguments& arguments, const Scenario& scenario) {
  std::vector<std::string> policies;
  for (const std::string& text : arguments.policies) policies.push_back(canonical_policy(text));
  if (policies.empty()) policies = scenario.policies;
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

Progress make_progress(const Arguments& arguments, std::size_t runs) {
  const bool quiet = arguments.quiet || arguments.log_level != "info";
  const auto mode = quiet                           ? Progress::Mode::kQuiet
                    : is_terminal(STDERR_FILENO) ? Progress::Mode::kTerminal
                                                    : Progress::Mode::kLines;
  return {runs, mode, monotonic_seconds,
          [](std::string_view text) { fmt::print(stderr, "{}", text); }};
}

void print_result(const Arguments& arguments, const ResultDocument& document) {
  if (arguments.json) {
    fmt::print("{}\n", json_text(to_json(document)));
    if (!arguments.quiet && !document.runs.empty()) {
      fmt::print(stderr, "{}\n", answer(summarize(document.runs)));
    }
  } else if (!document.runs.empty()) {
    fmt::print("{}", result_table(document, {terminal_width(), use_color(STDOUT_FILENO)}));
    if (!arguments.output.empty()) fmt::print("\nResults: {}\n", arguments.output);
  }
}

void write_result(const Arguments& arguments, const ResultDocument& document) {
  if (!arguments.output.empty()) write_export(fs::path(arguments.output) / "result.json", document);
  for (const std::string& file : arguments.exports) write_export(file, document);
}

/// Creates the output folder now: to be told before a long run, not after.
std::optional<fs::path> prepare_output(const Arguments& arguments) {
  for (const std::string& file : arguments.exports) check_export(file);
  if (arguments.output.empty()) return std::nullopt;
  std::error_code error;
  fs::create_directories(arguments.output, error);
  if (error || access(arguments.output.c_str(), W_OK) != 0) {
    throw InputError({arguments.output, 0, 0}, "cannot write results here");
  }
  return arguments.output;
}

}  // namespace

int run_simulate(const Arguments& arguments) {
  const Scenario scenario = load(arguments);
  const std::vector<Simulation> simulations = simulations_of(arguments, scenario);
  const auto output = prepare_output(arguments);
  if (arguments.strict) {
    for (const std::uint64_t seed : arguments.seeds) {
      const auto infeasible = first_infeasible(scenario, seed);
      if (!infeasible) continue;
      print_error(*infeasible + " (--strict)");
      return 3;
    }
  }
  malloc_trim(0);  // What reading the scenario used is not every child's memory.

  std::vector<ChildTask> tasks;
  for (const Simulation& simulation : simulations) {
    tasks.push_back([&](const ReportProgress& report) {
      return run_one(scenario, simulation, output, report);
    });
  }
  const unsigned at_once =
      arguments.parallel > 0 ? arguments.parallel : std::max(1u, std::thread::hardware_concurrency());
  Progress progress = make_progress(arguments, tasks.size());
  const auto outcomes = run_children(
      tasks, at_once, [&](std::size_t task, double share) { progress.update(task, share); });
  progress.finish();

  ResultDocument document{{scenario.name, scenario.hash}, {}};
  int exit_code = 0;
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    if (outcomes[i].result) {
      document.runs.push_back(
          run_from_json(nlohmann::ordered_json::parse(*outcomes[i].result)));
    } else {
      print_error(fmt::format("{}, seed {}: {}", simulations[i].policy, simulations[i].seed,
                              outcomes[i].error));
      exit_code = std::max(exit_code, outcomes[i].exit_code);
    }
  }
  if (arguments.seeds.size() > 1 && !scenario.random && !arguments.quiet) {
    print_error("note: nothing in this scenario is random, every seed gives the same result");
  }
  write_result(arguments, document);
  print_result(arguments, document);
  return exit_code;
}

}  // namespace tandem

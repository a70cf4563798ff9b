#include "cli/runs.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "cli/listeners.h"
#include "cli/notes.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "policies/registry.h"
#include "reports/progress.h"
#include "reports/result_json.h"
#include "workloads/traces/names.h"

namespace tandem {

namespace fs = std::filesystem;

Scenario load_what_if(const Arguments& arguments) {
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

fs::path folder_of(const std::filesystem::path& output, const Simulation& simulation) {
  return output / run_folder(simulation.policy, simulation.seed);
}

std::string run_one(const Scenario& scenario, const Simulation& simulation,
                    const std::optional<fs::path>& output, const ReportProgress& progress) {
  const double begun = monotonic_seconds();
  std::optional<fs::path> folder;
  if (output) folder = folder_of(*output, simulation);
  if (folder) fs::create_directories(*folder);
  Listeners listeners(scenario, folder.value_or(fs::path()),
                      folder ? Listeners::Writes::kAll : Listeners::Writes::kNothing);
  Recorders recorders(listeners.recorders());
  ServiceRecorders requests(listeners.request_recorders());
  const auto notes = simulate(scenario, simulation, recorders, progress, &requests);
  RunResult result = listeners.finish(begun);
  result.warnings = scenario.warnings;
  result.warnings.insert(result.warnings.end(), notes.begin(), notes.end());
  return to_json(result).dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::vector<std::string> policies_of(const Arguments& arguments, const Scenario& scenario,
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
  return policies;
}

std::vector<Simulation> simulations_of(const Arguments& arguments, const Scenario& scenario,
                                       const std::vector<std::string>& plugins) {
  std::vector<Simulation> simulations;
  for (const std::string& policy : policies_of(arguments, scenario, plugins)) {
    for (const std::uint64_t seed : arguments.seeds) {
      simulations.push_back({policy, seed, TANDEM_VERSION});
    }
  }
  return simulations;
}

std::vector<ChildOutcome> run_all(const Arguments& arguments, const std::vector<ChildTask>& tasks) {
  malloc_trim(0);  // What reading the scenario used is not every child's memory.
  const unsigned at_once = arguments.parallel > 0
                               ? arguments.parallel
                               : std::max(1u, std::thread::hardware_concurrency());
  Progress progress(tasks.size(), progress_mode(arguments), monotonic_seconds, print_aside);
  auto outcomes = run_children(
      tasks, at_once, [&](std::size_t task, double share) { progress.update(task, share); });
  progress.finish();
  return outcomes;
}

int tell_failures(const std::vector<std::string>& names,
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
      print_error(fmt::format("{}: {}", names[i], outcome.error));
    }
  }
  if (interrupted > 0) {
    print_error(fmt::format("interrupted: {} of {} not finished", interrupted,
                            counted(outcomes.size(), "run")));
  }
  return exit_code;
}

}  // namespace tandem

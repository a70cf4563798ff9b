// tandem saturation: a scenario simulated under more and more load on one service, until a promise
// to its users breaks.
#include "reports/saturation.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>

#include "cli/chosen_service.h"
#include "cli/commands.h"
#include "cli/plugin_file.h"
#include "cli/runs.h"
#include "cli/terminal.h"
#include "policies/core/error.h"
#include "reports/result_json.h"

namespace tandem {
namespace {

/// One whose promises can break.
std::size_t judged_service(const Scenario& scenario, const Arguments& arguments) {
  const std::size_t place = chosen_service(scenario, arguments);
  if (scenario.services[place].objectives.empty()) {
    throw InputError(
        fmt::format("service '{}' has no objectives that could break; give it some: "
                    "slo: {{ ttft_p99: 800 ms }}",
                    scenario.services[place].name));
  }
  return place;
}

/// The same scenario with so many times the requests.
Scenario with_load(Arguments arguments, const Scenario& scenario, std::size_t place, double load) {
  const double rate = scenario.services[place].rate * load;
  arguments.overrides.push_back(
      {fmt::format("workload.services.{}.requests.rate", place), fmt::format("x{}", rate)});
  return load_what_if(arguments);
}

/// Every search one load further. Returns the exit code of what failed.
class Searches {
 public:
  Searches(const Arguments& arguments, const Scenario& scenario, std::size_t place,
           const std::vector<Simulation>& simulations)
      : arguments_(arguments), scenario_(scenario), place_(place), simulations_(simulations) {
    for (const Simulation& simulation : simulations) {
      if (of(simulation.policy) == nullptr) searches_.emplace_back(simulation.policy);
    }
  }

  int run() {
    int exit_code = 0;
    while (exit_code == 0 && step(exit_code)) continue;
    return exit_code;
  }
  const std::vector<SaturationSearch>& result() const { return searches_; }

 private:
  SaturationSearch* of(const std::string& policy) {
    const auto found = std::ranges::find(searches_, policy, &SaturationSearch::policy);
    return found == searches_.end() ? nullptr : &*found;
  }

  bool step(int& exit_code) {
    std::deque<Scenario> loaded;
    std::vector<ChildTask> tasks;
    std::vector<std::string> names;
    std::vector<const Simulation*> runs;
    std::vector<std::pair<SaturationSearch*, double>> tried;
    for (SaturationSearch& search : searches_) {
      const auto load = search.next();
      if (!load) continue;
      tried.emplace_back(&search, *load);
      const Scenario& what_if =
          loaded.emplace_back(with_load(arguments_, scenario_, place_, *load));
      for (const Simulation& simulation : simulations_) {
        if (simulation.policy != search.policy()) continue;
        runs.push_back(&simulation);
        names.push_back(fmt::format("{:.3g} times the load, {}, seed {}", *load, simulation.policy,
                                    simulation.seed));
        tasks.push_back([&what_if, &simulation](const ReportProgress& report) {
          return run_one(what_if, simulation, std::nullopt, report);
        });
      }
    }
    if (tasks.empty()) return false;
    const auto outcomes = run_all(arguments_, tasks);
    exit_code = tell_failures(names, outcomes);
    if (exit_code != 0) return false;
    for (const auto& [search, load] : tried) {
      std::vector<ServiceResult> results;
      for (std::size_t i = 0; i < runs.size(); ++i) {
        if (runs[i]->policy != search->policy()) continue;
        const auto json = nlohmann::ordered_json::parse(*outcomes[i].result);
        results.push_back(run_from_json(json).services.at(place_));
      }
      search->add(load, results);
    }
    return true;
  }

  const Arguments& arguments_;
  const Scenario& scenario_;
  std::size_t place_;
  const std::vector<Simulation>& simulations_;
  std::vector<SaturationSearch> searches_;
};

}  // namespace

int run_saturation(const Arguments& arguments) {
  const std::vector<std::string> plugins = load_policy_plugins(arguments.plugins);
  const Scenario scenario = load_what_if(arguments);
  const std::size_t place = judged_service(scenario, arguments);
  const std::vector<Simulation> simulations = simulations_of(arguments, scenario, plugins);
  Searches searches(arguments, scenario, place, simulations);
  if (const int exit_code = searches.run(); exit_code != 0) return exit_code;
  const std::string& name = scenario.services[place].name;
  if (arguments.json) {
    nlohmann::ordered_json json = {
        {"schema", "tandem.saturation/1"},
        {"scenario", {{"name", scenario.name}, {"hash", scenario.hash}}}};
    json.update(saturation_json(name, searches.result()));
    print_output(json_text(json));
  } else {
    print_output(saturation_text(name, searches.result(), terminal_width()));
  }
  const bool holds_now = std::ranges::any_of(searches.result(), [](const SaturationSearch& search) {
    return search.holds().value_or(0) >= 1;
  });
  return holds_now ? 0 : 1;
}

}  // namespace tandem

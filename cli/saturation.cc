// tandem saturation: a scenario simulated under more and more load on one service, until a promise
// to its users breaks.
#include "reports/saturation.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/chosen_service.h"
#include "cli/commands.h"
#include "cli/planning/evaluator.h"
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

/// Every search one load further. Returns the exit code of what failed.
class Searches {
 public:
  Searches(const Arguments& arguments, const Scenario& scenario, std::size_t place,
           const std::vector<std::string>& policies)
      : arguments_(arguments), scenario_(scenario), place_(place), evaluator_(arguments) {
    for (const std::string& policy : policies) searches_.emplace_back(policy);
  }

  int run() {
    int exit_code = 0;
    while (exit_code == 0 && step(exit_code)) continue;
    return exit_code;
  }
  const std::vector<SaturationSearch>& result() const { return searches_; }

 private:
  /// The same scenario with so many times the requests.
  Override load_of(double load) const {
    return {fmt::format("workload.services.{}.requests.rate", place_),
            fmt::format("x{}", scenario_.services[place_].rate * load)};
  }

  bool step(int& exit_code) {
    std::vector<WhatIf> what_ifs;
    std::vector<std::string> names;
    std::vector<std::pair<SaturationSearch*, double>> tried;
    for (SaturationSearch& search : searches_) {
      const auto load = search.next();
      if (!load) continue;
      tried.emplace_back(&search, *load);
      for (const std::uint64_t seed : arguments_.seeds) {
        what_ifs.push_back({{load_of(*load)}, search.policy(), seed});
        names.push_back(
            fmt::format("{:.3g} times the load, {}, seed {}", *load, search.policy(), seed));
      }
    }
    if (what_ifs.empty()) return false;
    const std::vector<WhatIfResult> results = evaluator_.evaluate(what_ifs);
    exit_code = tell_failures(names, results);
    if (exit_code != 0) return false;
    auto next = results.begin();
    for (const auto& [search, load] : tried) {
      std::vector<ServiceResult> services;
      for (std::size_t i = 0; i < arguments_.seeds.size(); ++i) {
        services.push_back((next++)->run->services.at(place_));
      }
      search->add(load, services);
    }
    return true;
  }

  const Arguments& arguments_;
  const Scenario& scenario_;
  std::size_t place_;
  Evaluator evaluator_;
  std::vector<SaturationSearch> searches_;
};

}  // namespace

int run_saturation(const Arguments& arguments) {
  const std::vector<std::string> plugins = load_policy_plugins(arguments.plugins);
  const Scenario scenario = load_what_if(arguments);
  const std::size_t place = judged_service(scenario, arguments);
  Searches searches(arguments, scenario, place, policies_of(arguments, scenario, plugins));
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

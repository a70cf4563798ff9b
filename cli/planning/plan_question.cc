// From the command line to the question of a plan: axes, candidates, promises, prices.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "cli/planning/planner.h"
#include "cli/planning/spans.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

constexpr std::size_t kMostCandidates = 20'000;

/// The figures that a run of the scenario has.
std::vector<NamedFigure> figures_of(const Scenario& scenario) {
  RunResult names;
  for (const Tenant& tenant : scenario.tenants.all()) {
    names.tenants.emplace_back().name = tenant.name;
  }
  for (const Pipeline& pipeline : scenario.pipelines) {
    names.pipelines.emplace_back().name = pipeline.name;
  }
  for (const ServiceSettings& service : scenario.services) {
    names.services.emplace_back().name = service.name;
  }
  return named_figures(names);
}

std::vector<Slo> slos_of(const PlanningArguments& planning, const Scenario& scenario) {
  const std::vector<NamedFigure> figures = figures_of(scenario);
  std::vector<Slo> slos;
  for (const std::string& text : planning.slos) slos.push_back(parse_slo(text, figures));
  return slos;
}

Growth growth_of(const PlanningArguments& planning) {
  if (planning.growth.empty() != planning.horizon.empty()) {
    throw InputError(
        "--growth and --horizon need each other: --growth '8 %/month' --horizon "
        "'18 months'");
  }
  if (planning.growth.empty()) return {};
  return {growth_per_month(planning.growth), horizon_months(planning.horizon)};
}

/// What a cluster costs an hour if every device is paid for; nothing if one has no price.
std::optional<double> usd_per_hour(const Scenario& hardware) {
  double sum = 0;
  for (std::uint32_t type = 0; type < hardware.cluster.types().size(); ++type) {
    const auto devices = hardware.cluster.device_count(DeviceTypeId{type});
    const auto price = hardware.price_per_device_hour[type];
    if (devices > 0 && !price) return std::nullopt;
    if (devices > 0) sum += static_cast<double>(devices) * *price;
  }
  return sum;
}

class QuestionReader {
 public:
  QuestionReader(const Arguments& arguments, const Scenario& scenario,
                 const std::vector<std::string>& policies)
      : arguments_(arguments), scenario_(scenario), file_(arguments.file) {
    question_.policies = policies;
  }

  PlanQuestion read() {
    if (question_.policies.empty()) throw InputError("there is no policy: name some with --policy");
    question_.axes = varied_axes(arguments_);
    question_.grid = grid_of(question_.axes, kMostCandidates / question_.policies.size());
    question_.slos = slos_of(arguments_.planning, scenario_);
    question_.shake = arguments_.planning.shake.value_or(1);
    question_.growth = growth_of(arguments_.planning);
    add_candidates();
    settle_objective();
    settle_rules();
    return std::move(question_);
  }

 private:
  /// Its cluster alone: of thousands, most are never simulated.
  Scenario hardware_of(const std::vector<std::size_t>& point) const {
    std::vector<Override> settings = arguments_.overrides;
    for (std::size_t axis = 0; axis < point.size(); ++axis) {
      const VariedAxis& varied = question_.axes[axis];
      settings.push_back({varied.path, varied.values[point[axis]], "--vary " + varied.name, true});
    }
    return load_cluster(text_, file_.string(), file_.parent_path(), settings);
  }

  void add_candidates() {
    text_ = read_scenario_file(file_);
    std::map<std::vector<std::size_t>, std::size_t> lanes;
    for (std::size_t cluster = 0; cluster < question_.grid.size(); ++cluster) {
      const auto& point = question_.grid[cluster];
      const Scenario hardware = hardware_of(point);
      PlanOption option;
      Candidate candidate;
      candidate.cluster = cluster;
      std::vector<std::size_t> choices;
      for (std::size_t axis = 0; axis < point.size(); ++axis) {
        const VariedAxis& varied = question_.axes[axis];
        option.settings.emplace_back(varied.name, varied.values[point[axis]]);
        if (varied.amounts.empty()) {
          choices.push_back(point[axis]);
        } else {
          candidate.amounts.push_back(varied.amounts[point[axis]]);
        }
      }
      option.devices = hardware.cluster.device_count();
      option.usd_per_hour = usd_per_hour(hardware);
      has_spot_ |= std::ranges::count(hardware.is_spot, true) > 0;
      for (std::size_t policy = 0; policy < question_.policies.size(); ++policy) {
        choices.push_back(policy);
        candidate.lane = lanes.try_emplace(choices, lanes.size()).first->second;
        choices.pop_back();
        option.policy = question_.policies[policy];
        question_.candidates.push_back(candidate);
        question_.options.push_back(option);
      }
    }
  }

  void settle_objective() {
    const std::string& aim = arguments_.planning.aim;
    const bool has_prices = std::ranges::all_of(
        question_.options, [](const PlanOption& o) { return o.usd_per_hour.has_value(); });
    const bool wants_cost = aim == "cost" || (aim == "auto" && has_prices);
    question_.objective = aim == "energy" ? PlanObjective::kEnergy
                          : wants_cost    ? PlanObjective::kCost
                                          : PlanObjective::kDevices;
    if (!has_prices && (wants_cost || !arguments_.planning.budget.empty())) {
      throw InputError({arguments_.file, 0, 0},
                       "some devices have no price: give all node groups one in cluster.price, or "
                       "plan for --objective devices");
    }
    question_.rules.runs_tell_prices = question_.objective == PlanObjective::kEnergy ||
                                       (question_.objective == PlanObjective::kCost && has_spot_);
    if (question_.rules.runs_tell_prices) return;
    for (std::size_t i = 0; i < question_.candidates.size(); ++i) {
      const PlanOption& option = question_.options[i];
      question_.candidates[i].price = question_.objective == PlanObjective::kCost
                                          ? *option.usd_per_hour
                                          : static_cast<double>(option.devices);
    }
  }

  void settle_rules() {
    const std::size_t seeds = arguments_.seeds.size();
    VerdictRule& verdicts = question_.rules.verdicts;
    verdicts.confidence = arguments_.planning.confidence;
    // Any month may be looked at: what to buy when has to be right together, too.
    const std::size_t loads = 1 + question_.growth.months;
    verdicts.verdicts = question_.candidates.size() * question_.slos.size() * loads;
    verdicts.looks = looks_up_to(seeds, scenario_.random);
    constexpr std::size_t kFewestSeeds = 3;
    if (scenario_.random && seeds < kFewestSeeds) {
      throw InputError(
          fmt::format("--seeds: this workload is random: an interval needs at least {} "
                      "seeds",
                      kFewestSeeds));
    }
    question_.rules.is_exhaustive = arguments_.planning.is_exhaustive;
  }

  const Arguments& arguments_;
  const Scenario& scenario_;
  std::filesystem::path file_;
  std::string text_;
  bool has_spot_ = false;
  PlanQuestion question_;
};

}  // namespace

PlanQuestion read_question(const Arguments& arguments, const Scenario& scenario,
                           const std::vector<std::string>& policies) {
  return QuestionReader(arguments, scenario, policies).read();
}

}  // namespace tandem

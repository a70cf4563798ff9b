// The answer of `tandem plan`, for people and for programs: schema tandem.plan/1, whose keys
// docs/planning.md lists.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reports/planning/search.h"
#include "reports/result_json.h"

namespace tandem {

/// What a plan makes least of: US dollars for an hour of the whole cluster (or of a run, where
/// devices are paid for while they are held), devices, or kWh of a run.
enum class PlanObjective : std::uint8_t { kCost, kDevices, kEnergy };

/// A candidate as people know it.
struct PlanOption {
  std::vector<std::pair<std::string, std::string>> settings;  ///< Names and values.
  std::string policy;
  std::uint64_t devices = 0;
  std::optional<double> usd_per_hour;  ///< Nothing where some device has no price.
};

/// Multiples of the scenario's load: the most that the answer holds, the least that it breaks at.
struct Headroom {
  double holds = 1;
  std::optional<double> breaks;
  std::string broken;  ///< What breaks, with its figure.
};

/// A month in which something must be bought, or the last.
struct GrowthStep {
  std::uint32_t month = 0;
  double load = 1;
  std::optional<std::size_t> option;  ///< What there is from then on; nothing: no candidate does.
  std::string note;
};

struct PlanReport {
  ScenarioInfo scenario;
  PlanObjective objective = PlanObjective::kCost;
  std::size_t seeds = 0;
  double shake = 0;
  std::optional<double> budget_per_hour;
  std::vector<PlanOption> options;  ///< By candidate.
  const PlanSearch* search = nullptr;
  std::optional<std::string> binds;
  std::optional<Headroom> headroom;
  std::vector<std::string> advice;
  std::vector<GrowthStep> growth;
  std::vector<std::string> notes;
  std::size_t from_cache = 0;
  std::size_t simulations = 0;

  /// 0: there is an answer, and nothing cheaper is in doubt. 3: none can do. 4: more seeds are
  /// needed to tell.
  int exit_code() const;
};

/// The answer in one sentence, with its interval.
std::string plan_answer(const PlanReport& report);
std::string plan_text(const PlanReport& report, std::size_t width);
nlohmann::ordered_json plan_json(const PlanReport& report);
std::string plan_markdown(const PlanReport& report);
/// One row for each candidate that was simulated.
std::string plan_csv(const PlanReport& report);

/// "h100=24, a100=0": without what the names of the settings have in common.
std::string settings_text(const PlanOption& option);

inline constexpr double kHoursPerMonth = 730;  ///< Of a year: 8760 / 12.

}  // namespace tandem

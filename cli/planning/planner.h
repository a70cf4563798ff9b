// Clusters and policies of a plan, simulated as its search asks.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.h"
#include "cli/planning/evaluator.h"
#include "cli/planning/varied_axis.h"
#include "reports/planning/plan_report.h"
#include "reports/planning/search.h"
#include "reports/status_line.h"
#include "workloads/scenario.h"

namespace tandem {

/// A plan that cannot go on: interrupted, or the engine failed. It has been told.
struct PlanStopped {
  int exit_code = 0;
};

/// How the load grows, and for how long that matters.
struct Growth {
  double per_month = 1;
  std::uint32_t months = 0;  ///< 0: nobody asks.
};

/// The question as it was asked. All members that follow from the command line are checked.
struct PlanQuestion {
  std::vector<VariedAxis> axes;
  std::vector<std::vector<std::size_t>> grid;  ///< Place in each axis' values.
  std::vector<std::string> policies;
  std::vector<Candidate> candidates;  ///< Grid times policies, the policy changing fastest.
  std::vector<PlanOption> options;    ///< By candidate.
  std::vector<Slo> slos;
  SearchRules rules;
  PlanObjective objective = PlanObjective::kCost;
  double shake = 0;
  Growth growth;
};

/// Throws InputError for whatever is wrong with it.
PlanQuestion read_question(const Arguments& arguments, const Scenario& scenario,
                           const std::vector<std::string>& policies);

class Planner {
 public:
  Planner(const Arguments& arguments, const PlanQuestion& question, double rate);

  /// Whether a candidate is wanted at all.
  using Wanted = std::function<bool(std::size_t candidate)>;

  /// A search to its end, under so many times the load. Throws PlanStopped.
  PlanSearch solve(double load, const Wanted& wanted);

  /// What settings came to in the first seeds: the means of the figures, by promise. Nothing if it
  /// cannot be simulated. Throws PlanStopped.
  std::optional<std::vector<double>> means_of(const std::vector<Override>& settings,
                                              const std::string& policy);

  /// The settings that make a candidate, under so many times the load.
  std::vector<Override> settings_of(std::size_t candidate, double load) const;
  /// The first run of a candidate under the scenario's own load; null before it was simulated.
  const RunResult* first_run(std::size_t candidate) const;

  std::size_t simulations() const { return simulations_; }
  std::size_t from_cache() const { return from_cache_; }

 private:
  std::vector<WhatIf> what_ifs(const Probe& probe, double load);
  void take(PlanSearch& search, const Probe& probe, const WhatIfResult& result, bool is_first);
  void count(const std::vector<WhatIfResult>& results);
  [[noreturn]] void stop(int exit_code, const std::string& why);
  std::uint64_t misfits(std::uint64_t seed);
  void tell_progress(const PlanSearch& search);

  const Arguments& arguments_;
  const PlanQuestion& question_;
  double rate_;
  StatusLine status_;
  Evaluator evaluator_;
  std::optional<Scenario> largest_;
  std::map<std::uint64_t, std::uint64_t> misfits_;  ///< By seed.
  std::map<std::size_t, RunResult> first_runs_;
  std::size_t simulations_ = 0;
  std::size_t from_cache_ = 0;
};

}  // namespace tandem

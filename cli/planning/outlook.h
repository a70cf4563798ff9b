// What lies around a plan's answer: how much more load it takes, what would make an infeasible
// question feasible, and what must be bought when as the load grows.
#pragma once

#include <string>
#include <vector>

#include "cli/planning/planner.h"
#include "reports/planning/plan_report.h"

namespace tandem {

/// Between which loads, to 5 %, the answer breaks a promise. By the means of the first seeds.
Headroom headroom_of(Planner& planner, const PlanQuestion& question, std::size_t answer);

/// For each range of amounts, how far beyond its end would do, with all others at theirs: up to
/// eight times. By the means of the first seeds, under the policy that missed least.
std::vector<std::string> what_would_do(Planner& planner, const PlanQuestion& question,
                                       const PlanSearch& search);

/// Month by month from `answer` on, what is bought when what there is keeps its promises no longer:
/// the cheapest that has no less of anything. Ends early when no candidate will do.
std::vector<GrowthStep> purchases(Planner& planner, const PlanQuestion& question,
                                  std::size_t answer);

}  // namespace tandem

// What a report is made of, whichever form it takes: the page, a figure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/comparison.h"
#include "reports/history/curve.h"
#include "reports/history/run_history.h"
#include "reports/run_result.h"

namespace tandem {

/// How a service's users waited for the first token: one value for each completed request.
struct FirstTokens {
  std::string service;
  std::vector<double> ttft_ms;
};

/// How a training job learnt: x are steps, y losses.
struct LossCurve {
  std::string job;
  Polyline loss;
  Polyline held_out;
};

/// A run of which single jobs are shown.
struct ReportedRun {
  RunResult result;  ///< Its `policy` is the name by which the report calls it.
  RunHistory history;
  std::vector<FirstTokens> first_tokens;
  std::vector<LossCurve> losses;
};

struct Report {
  std::string title;               ///< Of the scenario, or of several.
  std::vector<RunResult> results;  ///< Of all seeds; policies are named apart.
  std::vector<ReportedRun> runs;   ///< The first seed of every policy.
  Comparison comparison;
  std::vector<ComparisonBlock> blocks;  ///< Of services and pipelines.
  std::vector<PolicySummary> policies;
};

/// From results and runs; everything else follows from them.
Report make_report(std::string title, std::vector<RunResult> results,
                   std::vector<ReportedRun> runs);

/// What the policy with the shortest mean wait does differently from the one that `answer`
/// compares it with: who overtakes, who is preempted, how much of the devices is held. Empty unless
/// two policies differ.
std::string why(const Report& report);

/// Of policies by cost and mean wait, those that none beats in both; by cost.
std::vector<std::size_t> pareto_front(std::span<const PolicySummary> policies);

}  // namespace tandem

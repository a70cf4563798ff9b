#include "reports/summary.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "reports/metric.h"
#include "reports/statistics.h"

namespace tandem {
namespace {

PolicySummary summarize_policy(const std::string& policy, std::span<const RunResult> runs) {
  PolicySummary result;
  result.policy = policy;
  result.seeds = static_cast<std::size_t>(
      std::count_if(runs.begin(), runs.end(), [&](const auto& r) { return r.policy == policy; }));
  std::vector<double> values;
  for (const Metric& metric : metrics()) {
    values.clear();
    for (const RunResult& run : runs) {
      if (run.policy != policy) continue;
      if (const auto value = metric.value(run)) values.push_back(*value);
    }
    const bool all_have_it = values.size() == result.seeds;
    result.metrics.push_back(all_have_it ? std::optional(estimate_of(values)) : std::nullopt);
  }
  return result;
}

}  // namespace

Estimate estimate_of(std::span<const double> values) {
  Estimate result{*mean_of(values), std::nullopt};
  const auto count = static_cast<double>(values.size());
  if (values.size() < 2) return result;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  const double deviation = std::sqrt(squares / (count - 1));
  const boost::math::students_t student(count - 1);
  result.ci95 = boost::math::quantile(student, 0.975) * deviation / std::sqrt(count);
  return result;
}

const std::optional<Estimate>& PolicySummary::of(std::string_view metric) const {
  return metrics[metric_index(metric)];
}

bool separated(const Estimate& a, const Estimate& b) {
  return std::fabs(a.mean - b.mean) > a.ci95.value_or(0) + b.ci95.value_or(0);
}

std::vector<PolicySummary> summarize(std::span<const RunResult> runs) {
  std::vector<PolicySummary> result;
  for (const RunResult& run : runs) {
    const bool known = std::any_of(result.begin(), result.end(),
                                   [&](const auto& s) { return s.policy == run.policy; });
    if (!known) result.push_back(summarize_policy(run.policy, runs));
  }
  return result;
}

}  // namespace tandem

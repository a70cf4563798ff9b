#include "reports/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "reports/answer.h"
#include "reports/human.h"
#include "reports/metric.h"
#include "reports/service_comparison.h"
#include "reports/summary.h"

namespace tandem {
namespace {

using Estimates = std::vector<std::optional<Estimate>>;

Estimates estimates_of(std::span<const PolicySummary> policies, std::size_t metric) {
  Estimates result;
  for (const PolicySummary& policy : policies) result.push_back(policy.metrics[metric]);
  return result;
}

bool worth_a_row(const Metric& metric, const Estimates& estimates) {
  if (metric.label.empty()) return false;
  return std::any_of(estimates.begin(), estimates.end(), [&](const auto& estimate) {
    return estimate && (metric.unit != Unit::kCount || estimate->mean != 0);
  });
}

/// Marks the best value and those that cannot be told from it, unless that is all.
void mark_best(Better better, const Estimates& estimates, ComparisonRow& row) {
  if (better == Better::kNeither) return;
  std::size_t best = estimates.size();
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    if (!estimates[i]) continue;
    const bool first = best == estimates.size();
    if (first || (better == Better::kLess ? estimates[i]->mean < estimates[best]->mean
                                          : estimates[i]->mean > estimates[best]->mean)) {
      best = i;
    }
  }
  bool someone_is_worse = false;
  for (std::size_t i = 0; i < estimates.size(); ++i) {
    if (!estimates[i]) continue;
    row.cells[i].best =
        row.cells[i].text == row.cells[best].text || !separated(*estimates[i], *estimates[best]);
    someone_is_worse |= !row.cells[i].best;
  }
  if (someone_is_worse) return;
  for (ComparisonCell& cell : row.cells) cell.best = false;
}

std::string legend_of(std::span<const PolicySummary> policies) {
  std::string text = policies.size() > 1 ? "* best of its row" : "";
  const bool intervals = std::any_of(policies.begin(), policies.end(),
                                     [](const PolicySummary& p) { return p.seeds > 1; });
  if (!intervals) return text;
  if (!text.empty()) text += ", or not separated from it; ";
  return text + fmt::format("± 95 % confidence over {} seeds", policies.front().seeds);
}

}  // namespace

ComparisonRow comparison_row(std::string label, Unit unit, Better better,
                             const std::vector<std::optional<Estimate>>& estimates) {
  ComparisonRow row{std::move(label), {}};
  for (const auto& estimate : estimates) {
    row.cells.push_back({estimate ? human(estimate->mean, unit, estimate->ci95) : "-", false});
  }
  mark_best(better, estimates, row);
  return row;
}

Comparison compare_policies(std::span<const RunResult> runs) {
  const std::vector<PolicySummary> policies = summarize(runs);
  Comparison result;
  result.answer = answer_of_services(runs) + answer(policies);
  result.notes = notes(runs);
  for (const PolicySummary& policy : policies) result.policies.push_back(policy.policy);
  for (std::size_t i = 0; i < metrics().size(); ++i) {
    const Metric& metric = metrics()[i];
    const Estimates estimates = estimates_of(policies, i);
    if (!worth_a_row(metric, estimates)) continue;
    result.rows.push_back(
        comparison_row(std::string(metric.label), metric.unit, metric.better, estimates));
  }
  result.legend = legend_of(policies);
  return result;
}

}  // namespace tandem

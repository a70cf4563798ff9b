// Rows that compare policies by one part of their results: a pipeline, a service.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "reports/comparison.h"
#include "reports/run_result.h"
#include "reports/summary.h"

namespace tandem {

template <class Part>
class PartRows {
 public:
  using Value = std::optional<double>;

  /// `part` finds it in a result. All arguments outlive this.
  PartRows(std::span<const RunResult> runs, std::span<const std::string> policies,
           std::function<const Part&(const RunResult&)> part)
      : runs_(runs), policies_(policies), part_(std::move(part)) {}

  /// Adds a row of figure(Part), unless no policy has it or it is zero under all.
  template <class Figure>
  void add(std::string label, Unit unit, Better better, Figure figure) {
    std::vector<std::optional<Estimate>> estimates;
    bool says_something = false;
    for (const std::string& policy : policies_) {
      estimates.push_back(estimate(policy, figure));
      says_something |= estimates.back() && estimates.back()->mean != 0;
    }
    if (says_something) {
      rows_.push_back(comparison_row(std::move(label), unit, better, estimates));
    }
  }
  std::vector<ComparisonRow> take() { return std::move(rows_); }

 private:
  /// Nothing if some seed lacks the figure.
  template <class Figure>
  std::optional<Estimate> estimate(const std::string& policy, Figure figure) const {
    std::vector<double> values;
    for (const RunResult& run : runs_) {
      if (run.policy != policy) continue;
      const Value value = figure(part_(run));
      if (!value) return std::nullopt;
      values.push_back(*value);
    }
    return estimate_of(values);
  }

  std::span<const RunResult> runs_;
  std::span<const std::string> policies_;
  std::function<const Part&(const RunResult&)> part_;
  std::vector<ComparisonRow> rows_;
};

}  // namespace tandem

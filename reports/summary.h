// Several seeds of one policy in one line: the mean of each metric and how far to trust it.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reports/run_result.h"

namespace tandem {

/// Mean over seeds, and the half-width of its 95 % confidence interval (Student's t), which takes
/// at least two seeds.
struct Estimate {
  double mean = 0;
  std::optional<double> ci95;
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

/// Of a sample that is not empty.
Estimate estimate_of(std::span<const double> values);

/// All seeds of one policy. `metrics` is as long as metrics() and in its order; nothing where not
/// every seed has the figure.
struct PolicySummary {
  std::string policy;
  std::size_t seeds = 0;
  std::vector<std::optional<Estimate>> metrics;

  const std::optional<Estimate>& of(std::string_view metric) const;
};

/// Whether the difference of two estimates is more than their intervals together. Without
/// intervals every difference is one.
bool separated(const Estimate& a, const Estimate& b);

/// One for each policy, in the order of their first runs.
std::vector<PolicySummary> summarize(std::span<const RunResult> runs);

}  // namespace tandem

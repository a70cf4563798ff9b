// Policies side by side, as texts: what the terminal's table and the Markdown one have in common.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "reports/metric.h"
#include "reports/run_result.h"
#include "reports/summary.h"

namespace tandem {

struct ComparisonCell {
  std::string text;  ///< "-" where there is no such figure.
  bool best = false;
};

struct ComparisonRow {
  std::string label;
  std::vector<ComparisonCell> cells;  ///< One for each policy.
};

/// Rows under a title of their own.
struct ComparisonBlock {
  std::string title;
  std::vector<ComparisonRow> rows;
};

/// Figures that no policy has, and counts that are zero everywhere, have no row.
struct Comparison {
  std::string answer;
  std::vector<std::string> notes;
  std::vector<std::string> policies;
  std::vector<ComparisonRow> rows;
  std::string legend;  ///< What the marks mean.
};

/// A row of one figure, by policy; nothing where a policy does not have it. Marks the best.
ComparisonRow comparison_row(std::string label, Unit unit, Better better,
                             const std::vector<std::optional<Estimate>>& estimates);

Comparison compare_policies(std::span<const RunResult> runs);

}  // namespace tandem

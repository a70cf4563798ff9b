// Policies side by side, as texts: what the terminal's table and the Markdown one have in common.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reports/run_result.h"

namespace tandem {

struct ComparisonCell {
  std::string text;  ///< "-" where there is no such figure.
  bool best = false;
};

struct ComparisonRow {
  std::string label;
  std::vector<ComparisonCell> cells;  ///< One for each policy.
};

/// Figures that no policy has, and counts that are zero everywhere, have no row.
struct Comparison {
  std::string answer;
  std::vector<std::string> notes;
  std::vector<std::string> policies;
  std::vector<ComparisonRow> rows;
  std::string legend;  ///< What the marks mean.
};

Comparison compare_policies(std::span<const RunResult> runs);

}  // namespace tandem

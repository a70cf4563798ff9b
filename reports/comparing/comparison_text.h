// A paired comparison for people: the verdict in the first line, then what changed.
#pragma once

#include <string>

#include "reports/comparing/paired_comparison.h"
#include "reports/table.h"

namespace tandem {

/// The verdict in a sentence. "FAILED: …", "INCONCLUSIVE: …" or "PASSED: …".
std::string verdict_line(const PairedComparison& comparison);

/// For a terminal: the verdict, the notes, a table for each policy.
std::string comparison_text(const PairedComparison& comparison, TableStyle style = {});

/// For a pull request: the verdict in the first line, then a table of what changed or failed, and
/// everything in folded details.
std::string comparison_markdown(const PairedComparison& comparison);

// Words for figures that both have.

/// "+4.1 %", "-30.0 s", "0 %": as its minimum effect is measured.
std::string change_text(const ComparedFigure& compared);
/// "+2.9 % to +5.3 %", or "-" if there is no interval.
std::string interval_text(const ComparedFigure& compared);
/// "10 seeds", "16 stretches of 1 seed", "1 run": what the intervals of a policy were drawn from.
std::string drawn_from_text(const ComparedPolicy& policy);

}  // namespace tandem

// Paired comparisons for programs: JSON, CSV, and JUnit's XML, as CI servers show it.
//
// Schema tandem.compare/1: {"schema", "verdict": "passes", "fails" or "inconclusive", "exit_code",
// "answer": the verdict in a sentence, "confidence", "base" and "head": {"path", "scenario",
// "hash"}, "notes": [text], "gates": [{"condition", "policy", "figure", "outcome"}], "policies":
// [{"base", "head": their names, "seeds", "jobs": {"common", "only_base", "only_head",
// "ended_otherwise", "wait_longer", "wait_shorter", "most_delayed": [{"job", "seed", "base_wait_s",
// "head_wait_s"}]} or null, "figures": [{"name", "unit", "base", "head", "difference" and
// "relative": {"value", "low", "high"}, the last two null where there is no interval, "resampled":
// "runs", "stretches" or null, "units", "correlation", "minimum_effect": {"amount", "relative"},
// "verdict": "better", "same", "inconclusive", "worse" or null}]}]}. Times are in seconds, shares
// in 1.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "reports/comparing/paired_comparison.h"

namespace tandem {

inline constexpr std::string_view kCompareSchema = "tandem.compare/1";

/// One scenario of a suite, or the one comparison that there is.
struct ComparedCase {
  std::string name;
  PairedComparison comparison;
};

nlohmann::ordered_json to_json(const PairedComparison& comparison);

/// A row for each figure of each policy of each case.
std::string comparison_csv(std::span<const ComparedCase> cases);

/// A test suite for each case and policy, in it a test for each condition: a failure if it fails,
/// an error if it is inconclusive.
std::string comparison_junit(std::string_view name, std::span<const ComparedCase> cases);

}  // namespace tandem

// Whether a promise is kept, judged from as few seeds as it takes, so that all verdicts of a search
// hold together with the stated confidence.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "reports/planning/slo.h"

namespace tandem {

/// How a growing sample of seeds is looked at. A promise is about the expectation of a run's
/// figure; its interval is Student's t over seeds. The error that the confidence leaves is split
/// evenly over all intervals that a plan may look at: candidates, promises, months that the load
/// grows for, and looks at each
/// (Bonferroni's inequality; O. J. Dunn, "Multiple Comparisons Among Means", JASA 56, 1961). So it
/// does not matter which candidates the search chooses, when it stops, nor that all meet the same
/// seeds. What is assumed is what Student's t assumes: figures of runs spread about normally over
/// seeds.
struct VerdictRule {
  double confidence = 0.95;  ///< Of all verdicts together.
  std::size_t verdicts = 1;  ///< Candidates times promises times loads.
  std::vector<std::size_t> looks{5, 8, 12, 18, 27, 40, 64};  ///< Seeds at each, rising.

  /// The chance that one interval may be wrong to one side.
  double error() const;
};

/// Looks at up to `most` seeds, each half as many again as the one before. Seeds make no difference
/// to what is not random: one is enough.
std::vector<std::size_t> looks_up_to(std::size_t most, bool is_random);

enum class SloVerdict : std::uint8_t { kMeets, kMisses, kOpen };

/// A figure over seeds, and what it says of its promise.
struct Judgement {
  SloVerdict verdict = SloVerdict::kOpen;
  double mean = 0;
  double half_width = 0;  ///< The interval is the mean, give or take so much.
};

/// Of a sample that is not empty. A single value is taken for exact: see looks_up_to. A promise is
/// missed if any value is infinite, which stands for a run without the figure.
Judgement judge(const Slo& slo, std::span<const double> values, const VerdictRule& rule);

}  // namespace tandem

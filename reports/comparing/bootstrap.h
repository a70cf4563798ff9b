// How far a difference may be trusted: paired bootstrap confidence intervals. docs/comparing.md
// says why these, with sources and what their coverage was measured to be.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "reports/comparing/paired_statistic.h"

namespace tandem {

/// From `low` to `high`; an end may be infinite.
struct Interval {
  double low = 0;
  double high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

/// What is drawn again: `strata` of so many units each, drawn with replacement within each.
struct SampledUnits {
  std::size_t strata = 1;
  std::size_t units = 0;           ///< Of one stratum; at least 2.
  bool neighbours_depend = false;  ///< Stretches of one run do, runs with different seeds do not.
};

/// The same draws for every statistic of a layout, and in every program that asks for them.
class Resamples {
 public:
  explicit Resamples(SampledUnits layout);
  const SampledUnits& layout() const { return layout_; }
  std::size_t count() const { return kCount; }
  Weights weights(std::size_t resample) const;

 private:
  static constexpr std::size_t kCount = 2000;
  SampledUnits layout_;
  std::vector<std::uint8_t> weights_;  ///< Of one resample after the other.
};

/// A figure under both, how much it changed, and the confidence intervals of these.
struct PairedEstimate {
  Sides value;
  std::optional<Interval> difference;
  std::optional<Interval> relative;
  std::optional<Interval> head;
  /// Of neighbouring units; 0 where units are independent.
  double correlation = 0;
  double confidence = 0.95;  ///< Of the intervals.
  double freedom = 0;        ///< Degrees of it that their width has; 0: they are exact.
};

/// Percentile bootstrap (Efron 1979) of the statistic, stratum by stratum. The distances of its
/// ends from the estimate are those of infinitely many independent units; they are multiplied by
///
///   t(df)/z · sqrt(n/(n-1)) · sqrt((1+r)/(1-r)),  df = N(1-r)/(1+r) - strata,
///
/// n units in a stratum, N in all. The first two make the interval of few units as wide as
/// Student's (Hesterberg 2015). The last one widens it where neighbours depend on each other: r is
/// the lag-1 correlation of the units' pseudo-values (Tukey's jackknife) with its bias of 1/n taken
/// off (Kendall 1954), and (1+r)/(1-r) what the variance of a mean grows by (Bayley and Hammersley
/// 1946). Intervals are missing where the statistic is no number. `confidence` is in (0, 1).
PairedEstimate paired_estimate(const PairedStatistic& statistic, const Resamples& resamples,
                               double confidence);

/// With intervals of another confidence: their ends are as much further from the value as Student's
/// t says. Draws again would not do: 2000 of them do not know their own far tails.
PairedEstimate at_confidence(PairedEstimate estimate, double confidence);

/// The same for what is taken as it is: intervals from the value to itself.
PairedEstimate exact_estimate(Sides value);

}  // namespace tandem

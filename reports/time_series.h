// How a figure went over a run whose length nobody knows beforehand, in a bounded number of means.
#pragma once

#include <cstdint>
#include <vector>

#include "policies/core/units.h"

namespace tandem {

/// Means over pieces of equal length; whenever there would be too many, two become one.
class TimeSeries {
 public:
  /// The figure had this value from `from` to `to`; spans come in order of time.
  void add(Time from, Time to, double value);

  /// Length of a piece.
  Duration step() const { return step_; }
  /// Of each piece up to `end`; the last may be shorter.
  std::vector<double> means(Time end) const;

 private:
  static constexpr std::size_t kMost = 256;
  void halve();

  Duration step_ = std::chrono::seconds(1);
  std::vector<double> sums_;  ///< Value times nanoseconds.
};

}  // namespace tandem

// Time of a real run: nanoseconds since it began, by the wall clock when a controller starts and by
// a clock that nobody sets from then on.
#pragma once

#include <algorithm>
#include <chrono>

#include "policies/core/units.h"

namespace tandem {

class RunClock {
 public:
  /// `began`: by the wall clock, in nanoseconds since 1970. `not_before`: the last time the journal
  /// knows; the wall clock may have been set back since.
  RunClock(std::int64_t began, Time not_before)
      : origin_(std::chrono::steady_clock::now()),
        offset_(std::max(Duration{wall_clock() - began}, not_before.time_since_epoch())) {}

  Time now() const {
    return Time{offset_ +
                std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - origin_)};
  }
  static std::int64_t wall_clock() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }

 private:
  std::chrono::steady_clock::time_point origin_;
  Duration offset_;
};

}  // namespace tandem

// Jobs that run on more or fewer devices, and how fast work gets done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "policies/core/units.h"

namespace tandem {

/// How much work a gang does in a time, in millionths: a million is the job's own pace, on its
/// preferred number of devices of speed 1. Work is counted in the time it takes at that pace.
struct Rate {
  static constexpr std::uint64_t kOwnPace = 1'000'000;
  std::uint64_t ppm = kOwnPace;

  /// The work done in `elapsed`, rounded down.
  Duration work_in(Duration elapsed) const;
  /// The time that `work` takes, rounded up; forever at rate 0.
  Duration time_for(Duration work) const;
  friend bool operator==(Rate, Rate) = default;
};

/// Which sizes a job's gang may have, and how much faster more devices make it.
struct Elastic {
  struct Point {
    std::uint32_t devices = 0;
    std::uint64_t speedup_ppm = 0;  ///< Against any common pace, above 0.
  };
  std::uint32_t least = 1;
  std::uint32_t most = 1;
  /// The sizes, rising, from `least` to `most`. Empty: all numbers between them.
  std::vector<std::uint32_t> sizes;
  /// By devices; straight lines in between, level outside. Empty: linear in the devices.
  std::vector<Point> speedups;

  bool allows(std::size_t devices) const;
  /// The largest size below `devices`; nothing: there is none.
  std::optional<std::uint32_t> size_below(std::uint32_t devices) const;
  std::uint64_t speedup_ppm(std::uint32_t devices) const;
};

}  // namespace tandem

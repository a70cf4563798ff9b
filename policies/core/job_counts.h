// How many jobs are where, and the law that none gets lost.
#pragma once

#include <cstdint>

namespace tandem {

struct JobCounts {
  std::uint64_t submitted = 0;
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t cancelled = 0;
  std::uint64_t rejected = 0;
  std::uint64_t running = 0;  ///< From Start until the devices are free again.
  std::uint64_t queued = 0;

  /// Every submitted job is in one state.
  bool conserved() const {
    return submitted == completed + failed + cancelled + rejected + running + queued;
  }
  friend bool operator==(const JobCounts&, const JobCounts&) = default;
};

}  // namespace tandem

// What a page shows of the last moments: percentiles of the newest samples, rates of the last
// seconds. Prometheus keeps the long view.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tandem {

/// The newest of many samples.
class RecentSamples {
 public:
  void add(double sample) { samples_[count_++ % samples_.size()] = sample; }
  /// Nearest rank; 0 if there is no sample. `share` from 0 to 1.
  double percentile(double share) const;

 private:
  std::array<double, 1024> samples_{};
  std::size_t count_ = 0;
};

/// Events of the last ten whole seconds.
class RecentRate {
 public:
  using Time = std::chrono::steady_clock::time_point;
  void add(Time now, std::int64_t count);
  /// The second that has just begun does not count.
  double per_second(Time now) const;

 private:
  static constexpr std::int64_t kSeconds = 10;
  struct Second {
    std::int64_t number = -1;
    std::int64_t count = 0;
  };
  std::array<Second, kSeconds + 1> seconds_{};
};

struct RecentFigures {
  RecentSamples ttft, itl, e2e;  ///< Seconds.
  RecentRate tokens, requests;
};

}  // namespace tandem

// A rate with room for bursts: events a minute, and as many at once if nothing came for a minute.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace tandem {

class TokenBucket {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// At least 1 a minute; full at first.
  TokenBucket(std::int64_t per_minute, Time now)
      : per_minute_(static_cast<double>(per_minute)), tokens_(per_minute_), filled_(now) {}

  /// Whether there was one to take.
  bool take(Time now) {
    tokens_ = filled_to(now);
    filled_ = now;
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  void give_back() { tokens_ = std::min(tokens_ + 1, per_minute_); }
  bool is_full(Time now) const { return filled_to(now) >= per_minute_; }
  /// Until there is one to take, in whole seconds, at least one.
  std::chrono::seconds wait() const {
    const double seconds = std::ceil((1 - tokens_) * 60 / per_minute_);
    return std::chrono::seconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(seconds)));
  }

 private:
  double filled_to(Time now) const {
    const double minutes = std::chrono::duration<double, std::ratio<60>>(now - filled_).count();
    return std::min(tokens_ + minutes * per_minute_, per_minute_);
  }

  double per_minute_;
  double tokens_;
  Time filled_;
};

}  // namespace tandem

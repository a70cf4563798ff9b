// Time and amounts as types, so that adding bytes to seconds does not compile.
//
// Everything a decision depends on is an integer: equal inputs give equal bytes on every machine.
// Timeline has no now(): the compiler keeps clocks out of the scheduling core.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace tandem {

/// A clock without now(). Time enters the core only inside a Step, stamped by whichever World
/// drives it. Its origin is the start of the run.
struct Timeline {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Timeline>;
  static constexpr bool is_steady = true;
};

using Time = Timeline::time_point;
using Duration = Timeline::duration;

inline constexpr Time kStartOfTime{};
/// Later than everything that can happen: 292 years after the start.
inline constexpr Time kForever = Time::max();

/// `time` + `duration`, or kForever if that is later still.
constexpr Time later(Time time, Duration duration) {
  return duration < kForever - time ? time + duration : kForever;
}

constexpr double to_seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}
constexpr double to_seconds(Time time) { return to_seconds(time.time_since_epoch()); }

/// A whole number with a dimension. Adds and compares only with its own kind; scales by plain
/// numbers.
template <class Dimension>
struct Quantity {
  std::int64_t count = 0;

  friend constexpr auto operator<=>(Quantity, Quantity) = default;
  friend constexpr Quantity operator+(Quantity a, Quantity b) { return {a.count + b.count}; }
  friend constexpr Quantity operator-(Quantity a, Quantity b) { return {a.count - b.count}; }
  friend constexpr Quantity operator*(Quantity a, std::int64_t n) { return {a.count * n}; }
  friend constexpr std::int64_t operator/(Quantity a, Quantity b) { return a.count / b.count; }
  constexpr Quantity& operator+=(Quantity other) { return *this = *this + other; }
  constexpr Quantity& operator-=(Quantity other) { return *this = *this - other; }
};

using Bytes = Quantity<struct BytesDimension>;
/// Thousandths of a processor core.
using MilliCpus = Quantity<struct MilliCpusDimension>;

}  // namespace tandem

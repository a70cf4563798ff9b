// Gaps between arrivals, and the thinning of a Poisson process.
#include "workloads/generators/arrival_process.h"

#include <algorithm>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <cmath>
#include <numbers>
#include <utility>

namespace tandem {
namespace {

constexpr double kDaySeconds = 86'400;

double exponential_gap(double rate, Stream& stream) {
  return boost::random::exponential_distribution<double>(rate)(stream);
}

}  // namespace

double rate_of(const ArrivalShape& shape) {
  return std::visit([](const auto& s) { return s.rate; }, shape);
}
void set_rate(ArrivalShape& shape, double rate) {
  std::visit([&](auto& s) { s.rate = rate; }, shape);
}
Hours hours_of(const ArrivalShape& shape) {
  return std::visit(
      [](const auto& s) -> Hours {
        if constexpr (requires { s.hours; }) return s.hours;
        return nullptr;
      },
      shape);
}
void set_hours(ArrivalShape& shape, Hours hours) {
  std::visit(
      [&](auto& s) {
        if constexpr (requires { s.hours; }) s.hours = std::move(hours);
      },
      shape);
}
bool is_random(const ArrivalShape& shape) { return !std::holds_alternative<EqualGaps>(shape); }

Time ArrivalProcess::next() {
  now_ = std::min(kEnd, std::visit([&](const auto& shape) { return next_of(shape); }, shape_));
  ++count_;
  return now_;
}

Time ArrivalProcess::after(double gap_s) const {
  const double gap = gap_s * 1e9;
  const auto left = static_cast<double>((kEnd - now_).count());
  return gap < left ? now_ + Duration{std::llround(gap)} : kEnd;
}

/// Gaps are drawn in a time that runs as fast as things come, and are then told in seconds: by the
/// time-rescaling theorem (Brown, Barbieri, Ventura, Kass and Frank, "The Time-Rescaling Theorem",
/// Neural Computation 14, 2002), what was a Poisson process stays one, of a rate that varies.
Time ArrivalProcess::after(double gap_s, const Hours& hours) const {
  if (!hours) return after(gap_s);
  constexpr std::int64_t kHour = 3'600'000'000'000;
  Time now = now_;
  while (now < kEnd) {
    const std::int64_t passed = now.time_since_epoch().count();
    const double weight = (*hours)[static_cast<std::size_t>(passed / kHour) % hours->size()];
    const Duration rest{kHour - passed % kHour};
    if (gap_s < weight * to_seconds(rest)) {
      return std::min(kEnd, now + Duration{std::llround(gap_s / weight * 1e9)});
    }
    gap_s -= weight * to_seconds(rest);
    now += rest;
  }
  return kEnd;
}

Time ArrivalProcess::next_of(const PoissonArrivals& shape) {
  return after(exponential_gap(shape.rate, stream_), shape.hours);
}

Time ArrivalProcess::next_of(const GammaArrivals& shape) {
  // A gamma variable of shape k and scale s has mean ks and variation 1/sqrt(k).
  const double variance = shape.cv * shape.cv;
  boost::random::gamma_distribution<double> gap(1 / variance, variance / shape.rate);
  return after(gap(stream_), shape.hours);
}

Time ArrivalProcess::next_of(const WeibullArrivals& shape) {
  const double scale = 1 / (shape.rate * std::tgamma(1 + 1 / shape.shape));
  return after(scale * std::pow(exponential_gap(1, stream_), 1 / shape.shape), shape.hours);
}

double ArrivalProcess::mean_gap_of(const ArrivalShape& shape) {
  const auto* drawn = std::get_if<QuantileArrivals>(&shape);
  return drawn != nullptr ? drawn->gap.mean() : 1;
}

Time ArrivalProcess::next_of(const QuantileArrivals& shape) {
  return after(shape.gap.draw(stream_) / mean_gap_ / shape.rate, shape.hours);
}

/// Thinning (Lewis and Shedler, 1979): candidates at the highest rate, each kept with the
/// probability that the rate of its moment demands.
Time ArrivalProcess::next_of(const DiurnalArrivals& shape) {
  const double highest = shape.rate * (1 + shape.amplitude);
  while (now_ < kEnd) {
    now_ = after(exponential_gap(highest, stream_));
    const double phase = (to_seconds(now_) - shape.peak_s) / kDaySeconds;
    const double rate = shape.rate * (1 + shape.amplitude * std::cos(2 * std::numbers::pi * phase));
    if (boost::random::uniform_01<double>()(stream_) * highest < rate) return now_;
  }
  return kEnd;
}

Time ArrivalProcess::next_of(const EqualGaps& shape) {
  // From the start each time: the error of a rounded gap does not add up.
  const double offset = static_cast<double>(count_) / shape.rate * 1e9;
  const auto left = static_cast<double>((kEnd - start_).count());
  return offset < left ? start_ + Duration{std::llround(offset)} : kEnd;
}

}  // namespace tandem

// Arrival processes: rates, gaps, and the daily period.
#include "workloads/generators/arrival_process.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

namespace tandem {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

std::vector<double> gaps(const ArrivalShape& shape, std::size_t count) {
  ArrivalProcess process(shape, kStartOfTime, make_stream(3, 0, Purpose::kArrival));
  std::vector<double> gaps;
  double last = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const double now = to_seconds(process.next());
    gaps.push_back(now - last);
    last = now;
  }
  return gaps;
}

struct Moments {
  double mean = 0;
  double cv = 0;
};

Moments moments(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  double squares = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
  }
  const double mean = sum / n;
  return {mean, std::sqrt(squares / n - mean * mean) / mean};
}

/// Five standard errors of the mean, and what they make of the variation at moderate tails.
void expect_gaps(const ArrivalShape& shape, double mean, double cv) {
  constexpr std::size_t kCount = 400'000;
  const Moments seen = moments(gaps(shape, kCount));
  EXPECT_NEAR(seen.mean / mean, 1, 5 * cv / std::sqrt(double{kCount}));
  EXPECT_NEAR(seen.cv, cv, 0.02 * cv);
}

TEST(Arrivals, GapsHaveTheirMeanAndVariation) {
  expect_gaps(PoissonArrivals{0.1}, 10, 1);
  expect_gaps(GammaArrivals{0.1, 2}, 10, 2);
  expect_gaps(GammaArrivals{0.1, 0.5}, 10, 0.5);
  expect_gaps(WeibullArrivals{0.1, 1}, 10, 1);
  // Weibull of shape 1/2: cv = sqrt(G(5) / G(3)^2 - 1) = sqrt(5).
  expect_gaps(WeibullArrivals{0.1, 0.5}, 10, std::sqrt(5.0));
}

TEST(Arrivals, EqualGapsDoNotDrift) {
  ArrivalProcess process(EqualGaps{3}, Time{seconds{5}}, make_stream(1, 0, Purpose::kArrival));
  EXPECT_EQ(process.next(), Time{seconds{5}});
  for (int i = 1; i < 3'000'000; ++i) process.next();
  EXPECT_EQ(process.next(), Time{seconds{1'000'005}});
}

TEST(Arrivals, DailyPeriodFollowsTheCosine) {
  const double peak_s = 14 * 3600;
  ArrivalProcess process(DiurnalArrivals{0.05, 0.8, peak_s}, kStartOfTime,
                         make_stream(5, 0, Purpose::kArrival));
  constexpr std::size_t kDays = 400;
  std::vector<double> per_hour(24);
  double count = 0;
  for (Time now = process.next(); now < Time{hours{24 * kDays}}; now = process.next()) {
    per_hour[static_cast<std::size_t>(now.time_since_epoch() / hours{1}) % 24] += 1;
    ++count;
  }
  const double expected = 0.05 * 86'400 * kDays;
  EXPECT_NEAR(count, expected, 5 * std::sqrt(expected));
  // Each hour's count against the integral of the rate over it.
  const double w = 2 * std::numbers::pi / 86'400;
  for (std::size_t hour = 0; hour < 24; ++hour) {
    const double begin = static_cast<double>(hour) * 3600 - peak_s;
    const double wave = (std::sin(w * (begin + 3600)) - std::sin(w * begin)) / w;
    const double want = 0.05 * kDays * (3600 + 0.8 * wave);
    EXPECT_NEAR(per_hour[hour], want, 5 * std::sqrt(want)) << "hour " << hour;
  }
}

TEST(Arrivals, TimeEndsInsteadOfOverflowing) {
  ArrivalProcess process(WeibullArrivals{1e-9, 0.1}, kStartOfTime,
                         make_stream(1, 0, Purpose::kArrival));
  Time last;
  for (int i = 0; i < 1000; ++i) {
    const Time now = process.next();
    ASSERT_GE(now, last);
    ASSERT_LE(now, ArrivalProcess::kEnd);
    last = now;
  }
  EXPECT_EQ(last, ArrivalProcess::kEnd);
}

TEST(Streams, DifferInEveryArgument) {
  const auto first = [](std::uint64_t seed, std::uint64_t source, Purpose purpose) {
    return make_stream(seed, source, purpose)();
  };
  EXPECT_EQ(first(1, 0, Purpose::kArrival), first(1, 0, Purpose::kArrival));
  EXPECT_NE(first(1, 0, Purpose::kArrival), first(2, 0, Purpose::kArrival));
  EXPECT_NE(first(1, 0, Purpose::kArrival), first(1, 1, Purpose::kArrival));
  EXPECT_NE(first(1, 0, Purpose::kArrival), first(1, 0, Purpose::kDuration));
  EXPECT_NE(first(1, 2, Purpose::kArrival), first(2, 1, Purpose::kArrival));
}

TEST(Arrivals, HoursHaveTheirWeights) {
  auto weights = std::make_shared<std::vector<double>>(24, 1.0);
  (*weights)[3] = 0;
  (*weights)[15] = 2;
  for (const ArrivalShape& shape :
       {ArrivalShape(PoissonArrivals{0.01, weights}), ArrivalShape(GammaArrivals{0.01, 2, weights}),
        ArrivalShape(WeibullArrivals{0.01, 0.7, weights})}) {
    ArrivalProcess process(shape, kStartOfTime, make_stream(3, 0, Purpose::kArrival));
    constexpr std::size_t kCount = 200'000;
    std::vector<double> counts(24);
    Time last;
    for (std::size_t i = 0; i < kCount; ++i) {
      last = process.next();
      ++counts[static_cast<std::size_t>(last.time_since_epoch() / hours(1)) % 24];
    }
    EXPECT_NEAR(kCount / to_seconds(last), 0.01, 0.0004);
    EXPECT_EQ(counts[3], 0);
    EXPECT_NEAR(counts[15] / kCount, 2.0 / 24, 0.005);
    EXPECT_NEAR(counts[9] / kCount, 1.0 / 24, 0.004);
  }
}

TEST(Arrivals, HoursThatAreAlikeChangeNothingButTheRounding) {
  const auto alike = std::make_shared<const std::vector<double>>(24, 1.0);
  const auto with = gaps(GammaArrivals{0.1, 2, alike}, 1000);
  const auto without = gaps(GammaArrivals{0.1, 2}, 1000);
  for (std::size_t i = 0; i < with.size(); ++i) EXPECT_NEAR(with[i], without[i], 1e-7);
}

TEST(Arrivals, EndEvenWhereNothingComesForLong) {
  auto weights = std::make_shared<std::vector<double>>(168, 0.0);
  weights->front() = 168;
  ArrivalProcess process(PoissonArrivals{1e-9, weights}, kStartOfTime,
                         make_stream(3, 0, Purpose::kArrival));
  Time last;
  for (int i = 0; i < 20; ++i) last = process.next();
  EXPECT_EQ(last, ArrivalProcess::kEnd);
}

}  // namespace
}  // namespace tandem

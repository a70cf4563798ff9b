// Distributions against their closed forms, with bounds that a right one misses once in 10^6 seeds.
#include "workloads/generators/distribution.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "workloads/generators/estimate.h"
#include "workloads/generators/weighted_choice.h"

namespace tandem {
namespace {

constexpr std::size_t kDraws = 200'000;

std::vector<double> draws(const Distribution& distribution, std::uint64_t seed = 1) {
  Stream stream = make_stream(seed, 0, Purpose::kDuration);
  std::vector<double> values(kDraws);
  for (double& value : values) value = distribution.draw(stream);
  return values;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

/// The sample mean lies within five standard errors of the closed form.
void expect_mean(const Distribution& distribution, double mean) {
  EXPECT_NEAR(distribution.mean(), mean, 1e-9 * mean);
  const std::vector<double> values = draws(distribution);
  const double error = deviation_of(values) / std::sqrt(static_cast<double>(kDraws));
  EXPECT_NEAR(mean_of(values), mean, 5 * error + 1e-9);
}

/// Kolmogorov and Smirnov's distance; 2.7 / sqrt(n) is passed by chance once in 10^6.
void expect_fits(const Distribution& distribution, const std::function<double(double)>& cdf) {
  std::vector<double> values = draws(distribution);
  std::ranges::sort(values);
  double distance = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double below = static_cast<double>(i) / kDraws;
    const double p = cdf(values[i]);
    distance = std::max({distance, std::fabs(p - below), std::fabs(p - below - 1.0 / kDraws)});
  }
  EXPECT_LT(distance, 2.7 / std::sqrt(static_cast<double>(kDraws)));
}

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

TEST(Distribution, LogNormalByMedianAndPercentile) {
  const Distribution distribution(LogNormal::by_median_p99(100, 5000));
  const double sigma = std::log(50.0) / 2.3263478740408408;
  expect_fits(distribution, [&](double x) { return normal_cdf(std::log(x / 100) / sigma); });
  std::vector<double> values = draws(distribution);
  std::ranges::sort(values);
  EXPECT_NEAR(values[kDraws / 2], 100, 3);
  EXPECT_NEAR(values[kDraws * 99 / 100], 5000, 400);
}

TEST(Distribution, LogNormalByMeanAndVariation) {
  const Distribution distribution(LogNormal::by_mean_cv(60, 0.5));
  expect_mean(distribution, 60);
  EXPECT_NEAR(deviation_of(draws(distribution)) / 60, 0.5, 0.01);
}

TEST(Distribution, Exponential) {
  expect_mean(Distribution(Exponential{40}), 40);
  expect_fits(Distribution(Exponential{40}), [](double x) { return 1 - std::exp(-x / 40); });
}

TEST(Distribution, OthersHaveTheirMeans) {
  expect_mean(Distribution(Deterministic{7}), 7);
  expect_mean(Distribution(Uniform{1, 4}), 2.5);
  const auto values = std::make_shared<const std::vector<double>>(std::vector<double>{1, 2, 9});
  expect_mean(Distribution(Empirical{values}), 4);
}

TEST(Distribution, TheMeanIsThatOfTheCutVariable) {
  const auto values = std::make_shared<const std::vector<double>>(std::vector<double>{1, 2, 9});
  expect_mean(Distribution(Empirical{values}, 3), 2);
  expect_mean(Distribution(Deterministic{7}, 3), 3);
  expect_mean(Distribution(Uniform{0, 4}, 2), 1.5);
  expect_mean(Distribution(Exponential{40}, 40), 40 * (1 - std::exp(-1.0)));
  // Standard normal logarithm cut at its median: e^(1/2) Phi(-1) + 1/2.
  expect_mean(Distribution(LogNormal{0, 1}, 1), std::exp(0.5) * normal_cdf(-1) + 0.5);
}

TEST(Distribution, QuantilesAreJoinedByLogarithms) {
  const auto points = std::make_shared<const std::vector<Quantiles::Point>>(
      std::vector<Quantiles::Point>{{0, 1}, {0.25, 1}, {0.75, 100}, {1, 10'000}});
  const Distribution distribution(Quantiles{points});
  std::vector<double> values = draws(distribution);
  std::ranges::sort(values);
  // A quarter is 1; the median is in the middle of 1 and 100, on a scale of logarithms.
  EXPECT_EQ(values[kDraws / 5], 1);
  EXPECT_NEAR(values[kDraws / 2], 10, 0.3);
  EXPECT_NEAR(values[kDraws * 3 / 4], 100, 4);
  EXPECT_NEAR(values[kDraws * 7 / 8], 1000, 60);
  // 1/4 + 99 / log(100) / 2 + 9900 / log(100) / 4.
  expect_mean(distribution, 0.25 + 99 / std::log(100.0) / 2 + 9900 / std::log(100.0) / 4);
  // Cut at 10: half of the middle stretch is below.
  expect_mean(Distribution(Quantiles{points}, 10),
              0.25 + 0.5 * (9 / std::log(100.0) + 0.5 * 10) + 0.25 * 10);
}

TEST(WeightedChoice, DrawsInProportion) {
  const WeightedChoice<std::uint32_t> choice({1, 8, 64}, {6, 3, 1});
  EXPECT_NEAR(choice.mean([](std::uint32_t n) { return double{1} * n; }), 9.4, 1e-12);
  Stream stream = make_stream(1, 0, Purpose::kDevices);
  std::size_t wide = 0;
  for (std::size_t i = 0; i < kDraws; ++i) wide += choice.draw(stream) == 64 ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(wide) / kDraws, 0.1, 5 * std::sqrt(0.09 / kDraws));
}

TEST(Estimate, IsTheRunTimeTimesAFactor) {
  Stream stream = make_stream(1, 0, Purpose::kEstimate);
  const Duration run_time = std::chrono::minutes{100};
  EXPECT_EQ(estimate_of(run_time, ExactEstimate{}, stream), run_time);
  const FactorEstimate low{Distribution(Deterministic{0.5})};
  EXPECT_EQ(estimate_of(run_time, low, stream), run_time / 2);
  const FactorEstimate twice{Distribution(Deterministic{2})};
  EXPECT_EQ(estimate_of(run_time, twice, stream), 2 * run_time);
}

TEST(Estimate, RoundEstimatesAreFewAndRound) {
  Stream stream = make_stream(1, 0, Purpose::kEstimate);
  Stream run_times = make_stream(1, 0, Purpose::kDuration);
  const Distribution distribution(LogNormal::by_median_p99(1200, 100'000), 86'400 * 2);
  std::vector<Duration> seen;
  for (int i = 0; i < 20'000; ++i) {
    const Duration run_time{std::llround(distribution.draw(run_times) * 1e9)};
    seen.push_back(estimate_of(run_time, RoundEstimate{}, stream));
    ASSERT_GE(seen.back(), run_time);
    ASSERT_EQ(seen.back() % std::chrono::minutes{5}, Duration::zero());
  }
  std::ranges::sort(seen);
  seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
  EXPECT_LE(seen.size(), 27u);  // 20 values, and whole days beyond them.
  EXPECT_GE(seen.size(), 18u);
}

}  // namespace
}  // namespace tandem

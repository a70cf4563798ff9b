// Estimators against worked examples, and against samples of known distributions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <variant>

#include "tests/support/error_of.h"
#include "workloads/fitting/amount_fit.h"
#include "workloads/fitting/arrival_fit.h"
#include "workloads/fitting/gaps.h"
#include "workloads/fitting/job_fit.h"
#include "workloads/fitting/kolmogorov_smirnov.h"
#include "workloads/fitting/request_fit.h"
#include "workloads/fitting/scenario_words.h"

namespace tandem {
namespace {

std::vector<Time> arrivals_of(const ArrivalShape& shape, std::size_t count, std::uint64_t seed) {
  ArrivalProcess process(shape, kStartOfTime, make_stream(seed, 0, Purpose::kArrival));
  std::vector<Time> arrivals;
  for (std::size_t i = 0; i < count; ++i) arrivals.push_back(process.next());
  const Duration first = arrivals.front().time_since_epoch();
  for (Time& arrival : arrivals) arrival -= first;
  return arrivals;
}

std::vector<double> draws(const Distribution::Shape& shape, std::size_t count, std::uint64_t seed) {
  Stream stream = make_stream(seed, 0, Purpose::kDuration);
  const Distribution distribution(shape);
  std::vector<double> values(count);
  for (double& value : values) value = distribution.draw(stream);
  return values;
}

TEST(KolmogorovSmirnov, LargestDifferenceOfTheStairs) {
  // Behind 2 one has half of its values, the other none.
  EXPECT_DOUBLE_EQ(ks_distance({1, 2, 3, 4}, {6, 5, 4, 3}), 0.5);
  // Equal values count together: 2/3 against 1/3 behind 1.
  EXPECT_DOUBLE_EQ(ks_distance({1, 1, 2}, {1, 2, 2}), 1.0 / 3);
  EXPECT_DOUBLE_EQ(ks_distance({1, 2}, {1, 2}), 0);
  EXPECT_DOUBLE_EQ(ks_distance({1}, {2, 3}), 1);
  // Uniform on 0 to 1: the stair from 0 to 1/2 at 0.9 is 0.9 off before it.
  const std::vector<double> two = {0.9, 0.95};
  EXPECT_DOUBLE_EQ(ks_distance_to(two, [](double x) { return x; }), 0.9);
}

TEST(KolmogorovSmirnov, CriticalDistancesOfTheTables) {
  // 1.358 is what tables have for 5 %: 0.136 for 100 values, 0.192 for two samples of 100.
  EXPECT_NEAR(ks_critical(100), 0.1358, 0.0001);
  EXPECT_NEAR(ks_critical(100, 100), 0.1921, 0.0001);
}

TEST(KolmogorovSmirnov, EqualDistributionsExceedItOnceInTwentyTimes) {
  std::mt19937_64 random(7);
  std::exponential_distribution<double> distribution(1);
  int exceeded = 0;
  constexpr int kPairs = 1000;
  for (int i = 0; i < kPairs; ++i) {
    std::vector<double> one(300);
    std::vector<double> other(500);
    for (double& value : one) value = distribution(random);
    for (double& value : other) value = distribution(random);
    exceeded += ks_distance(one, other) > ks_critical(one.size(), other.size()) ? 1 : 0;
  }
  // 50 are expected, fewer for samples that are not large; five standard deviations are 34.
  EXPECT_GT(exceeded, 16);
  EXPECT_LT(exceeded, 84);
}

TEST(GammaShape, IsWhereTheLikelihoodIsLevel) {
  // log k - digamma(k) = log(mean) - mean(log) = 0.43378 for {1, e^2}. Minka ("Estimating a Gamma
  // Distribution", 2002): k is about (3 - s + sqrt((s - 3)^2 + 24 s)) / (12 s) = 1.28499,
  // within 1.5 %.
  const std::vector<double> gaps = {1, std::exp(2)};
  EXPECT_NEAR(gamma_shape(gaps), 1.28499, 0.015 * 1.28499);
  // Exponential gaps have shape 1.
  EXPECT_NEAR(gamma_shape(draws(Exponential{3}, 100'000, 1)), 1, 0.02);
}

TEST(WeibullShape, KnownOnesAreFound) {
  for (const double shape : {0.3, 0.7, 1.0, 2.0}) {
    const auto arrivals = arrivals_of(WeibullArrivals{0.1, shape}, 100'000, 2);
    std::vector<double> gaps = gaps_of(arrivals, Duration::zero());
    for (double& gap : gaps) gap = std::max(gap, 1e-9);  // Times are whole nanoseconds.
    EXPECT_NEAR(weibull_gap_shape(gaps), shape, 0.03 * shape);
  }
}

TEST(ArrivalFit, FindsTheFamilyAndItsParameters) {
  const auto poisson = fit_arrivals(arrivals_of(PoissonArrivals{0.2}, 50'000, 1));
  EXPECT_NEAR(rate_of(poisson), 0.2, 0.004);
  const auto gamma = fit_arrivals(arrivals_of(GammaArrivals{0.2, 2}, 50'000, 1));
  ASSERT_TRUE(std::holds_alternative<GammaArrivals>(gamma));
  EXPECT_NEAR(std::get<GammaArrivals>(gamma).cv, 2, 0.05);
  EXPECT_NEAR(rate_of(gamma), 0.2, 0.01);
  const auto weibull = fit_arrivals(arrivals_of(WeibullArrivals{5, 0.5}, 50'000, 1));
  ASSERT_TRUE(std::holds_alternative<WeibullArrivals>(weibull));
  EXPECT_NEAR(std::get<WeibullArrivals>(weibull).shape, 0.5, 0.01);
}

TEST(ArrivalFit, HoursOfTheDayAreFoundWhereThereAreAny) {
  auto weights = std::make_shared<std::vector<double>>(24, 0.5);
  for (std::size_t hour = 8; hour < 20; ++hour) (*weights)[hour] = 1.5;
  const auto shape = fit_arrivals(arrivals_of(GammaArrivals{0.05, 2, weights}, 40'000, 3));
  const Hours found = hours_of(shape);
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 24U);
  ASSERT_TRUE(std::holds_alternative<GammaArrivals>(shape));
  EXPECT_NEAR(std::get<GammaArrivals>(shape).cv, 2, 0.1);
  // The first arrival has become time 0, well within the first hour.
  for (std::size_t hour = 0; hour < 24; ++hour) {
    EXPECT_NEAR((*found)[hour], (*weights)[hour], 0.35) << hour;
  }
  EXPECT_FALSE(hours_of(fit_arrivals(arrivals_of(PoissonArrivals{0.05}, 40'000, 3))));
}

TEST(ArrivalFit, ArrivalsOfOneTickAreSpreadOverIt) {
  // A Poisson process of ten a second, told in whole seconds: without spreading, most gaps are 0.
  auto arrivals = arrivals_of(PoissonArrivals{10}, 20'000, 4);
  for (Time& arrival : arrivals) {
    arrival = Time{std::chrono::floor<std::chrono::seconds>(arrival.time_since_epoch())};
  }
  EXPECT_EQ(resolution_of(arrivals), std::chrono::seconds(1));
  EXPECT_NEAR(rate_of(fit_arrivals(arrivals)), 10, 0.3);
}

TEST(ArrivalFit, QuantilesOfGapsThatNoFamilyMeets) {
  // Seven gaps of a second, then one of a minute, and again.
  std::vector<Time> arrivals{kStartOfTime};
  for (int i = 1; i < 4'000; ++i) {
    arrivals.push_back(arrivals.back() + std::chrono::seconds(i % 8 == 0 ? 60 : 1));
  }
  const auto shape = fit_arrivals(arrivals);
  ASSERT_TRUE(std::holds_alternative<QuantileArrivals>(shape));
  EXPECT_NEAR(rate_of(shape), 8.0 / 67, 0.001);
  const auto drawn = gaps_of(arrivals_of(shape, 4'000, 1), Duration::zero());
  const auto is_long = [](double gap) { return gap > 30; };
  EXPECT_NEAR(static_cast<double>(std::ranges::count_if(drawn, is_long)) / 4'000, 1.0 / 8, 0.03);
}

TEST(ArrivalFit, WantsGaps) {
  const std::vector<Time> few(9);
  EXPECT_EQ(error_of([&] { fit_arrivals(few); }),
            "there is too little to fit anything to: fewer than 10 arrivals");
  const std::vector<Time> at_once(10);
  EXPECT_EQ(error_of([&] { fit_arrivals(at_once); }),
            "everything came at once: there are no gaps to fit anything to");
}

TEST(AmountFit, FindsTheFamilyAndItsParameters) {
  const auto exponential = fit_amounts(draws(Exponential{600}, 20'000, 1), 1e-3);
  ASSERT_TRUE(std::holds_alternative<Exponential>(exponential));
  EXPECT_NEAR(std::get<Exponential>(exponential).mean, 600, 20);
  const auto lognormal = fit_amounts(draws(LogNormal{6, 1.5}, 20'000, 1), 1e-3);
  ASSERT_TRUE(std::holds_alternative<LogNormal>(lognormal));
  EXPECT_NEAR(std::get<LogNormal>(lognormal).mu, 6, 0.05);
  EXPECT_NEAR(std::get<LogNormal>(lognormal).sigma, 1.5, 0.05);
  const auto same = fit_amounts({7, 7, 7}, 1e-3);
  ASSERT_TRUE(std::holds_alternative<Deterministic>(same));
  EXPECT_EQ(std::get<Deterministic>(same).value, 7);
}

TEST(AmountFit, WorkedExample) {
  // Logarithms 10 - 2^-10, 10 and 10 + 2^-10: mean 10, variance (2/3) * 2^-20; no exponential has
  // so little.
  const double little = std::ldexp(1, -10);
  const auto shape =
      fit_amounts({std::exp(10 - little), std::exp(10), std::exp(10 + little)}, 1e-3);
  ASSERT_TRUE(std::holds_alternative<LogNormal>(shape));
  EXPECT_NEAR(std::get<LogNormal>(shape).mu, 10, 1e-12);
  EXPECT_NEAR(std::get<LogNormal>(shape).sigma, std::sqrt(2.0 / 3) * little, 1e-12);
}

TEST(AmountFit, QuantilesWhereNoFamilyWillDo) {
  std::vector<double> amounts = draws(LogNormal{3, 0.2}, 5'000, 1);
  const std::vector<double> others = draws(LogNormal{9, 0.2}, 5'000, 2);
  amounts.insert(amounts.end(), others.begin(), others.end());
  amounts.insert(amounts.end(), 2'000, 60);
  const auto shape = fit_amounts(amounts, 1e-3);
  ASSERT_TRUE(std::holds_alternative<Quantiles>(shape));
  const auto drawn = draws(shape, 12'000, 3);
  EXPECT_LT(ks_distance(amounts, drawn), 0.02);
  double mean = 0;
  for (const double amount : amounts) mean += amount / static_cast<double>(amounts.size());
  EXPECT_NEAR(Distribution(shape).mean() / mean, 1, 0.02);
}

TEST(NeighbourCorrelation, OfRanks) {
  // Ranks 1, 2, 3, 4: deviations -1.5, -0.5, 0.5, 1.5; products 0.75 - 0.25 + 0.75 over squares 5.
  EXPECT_DOUBLE_EQ(neighbour_correlation({10, 100, 1000, 10'000}), 0.25);
  EXPECT_DOUBLE_EQ(neighbour_correlation({5, 5, 5, 5}), 0);
  EXPECT_NEAR(neighbour_correlation(draws(Exponential{1}, 50'000, 1)), 0, 0.02);
}

TEST(ScenarioWords, AreShortAndWrapped) {
  EXPECT_EQ(arrival_words(PoissonArrivals{0.01}), "{ poisson: 36/h }");
  EXPECT_EQ(arrival_words(GammaArrivals{2, 1.5}), "{ gamma: { rate: 2/s, cv: 1.5 } }");
  EXPECT_EQ(amount_words(Exponential{90}, " s"), "{ exponential: 90 s }");
  EXPECT_EQ(amount_words(Deterministic{3}, ""), "{ deterministic: 3 }");
  EXPECT_EQ(weight_words({{"1", 3}, {"8", 1}}), "{ 1: 3, 8: 1 }");
  std::string list = "[";
  for (int i = 0; i < 60; ++i) list += std::to_string(1000 + i) + ", ";
  list += "1]";
  const std::string text = wrapped_yaml(list, 4);
  std::string joined;
  std::size_t column = 0;
  for (const char c : text) {
    column = c == '\n' ? 0 : column + 1;
    EXPECT_LE(column, 100U);
    if (c != '\n' && c != ' ') joined += c;
  }
  std::erase(list, ' ');
  EXPECT_EQ(joined, list);
}

RequestTrace conversation() {
  RequestTrace trace;
  trace.prefix_block_tokens = 10;
  const auto add = [&](double at, std::uint32_t prompt, std::uint32_t output,
                       std::vector<PrefixHash> prefix) {
    trace.requests.push_back({Time{Duration{std::llround(at * 1e9)}}, prompt, output});
    trace.prefixes.insert(trace.prefixes.end(), prefix.begin(), prefix.end());
    trace.prefix_ends.push_back(trace.prefixes.size());
  };
  add(0, 25, 5, {1, 2, 3});        // Blocks 1 and 2 are full.
  add(1, 22, 5, {1, 4, 5});        // Shares block 1 with it, as all do.
  add(2, 45, 5, {1, 2, 6, 7, 8});  // Goes on from the first.
  add(3, 60, 5, {1, 4, 9, 10, 11, 12});
  return trace;
}

TEST(RequestFit, PrefixesTellWhoGoesOnFromWhom) {
  const RequestTrace trace = conversation();
  EXPECT_EQ(shared_blocks(trace), 2U) << "half of the prompts begin with 1 and 2";
  const auto before = predecessors(trace, 1);
  EXPECT_EQ(before[0], std::nullopt);
  EXPECT_EQ(before[1], std::nullopt);
  EXPECT_EQ(before[2], 0U);
  EXPECT_EQ(before[3], 1U);
  // 17 blocks; 1 comes again three times, 2 and 4 once.
  EXPECT_DOUBLE_EQ(*samples_of(trace).prefix_hits, 5.0 / 17);
}

TEST(RequestFit, SessionsTellItBetter) {
  RequestTrace trace = conversation();
  trace.session = {1, 1, 0, 1};
  const auto before = predecessors(trace, 0);
  EXPECT_EQ(before[1], 0U);
  EXPECT_EQ(before[2], std::nullopt);
  EXPECT_EQ(before[3], 1U);
}

}  // namespace
}  // namespace tandem

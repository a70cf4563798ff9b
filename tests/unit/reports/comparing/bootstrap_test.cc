// What confidence intervals promise: that they hold the truth as often as they say.
#include "reports/comparing/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/normal_distribution.hpp>
#include <cmath>
#include <functional>
#include <vector>

namespace tandem {
namespace {

using Generator = boost::random::mt19937_64;

constexpr double kConfidence = 0.95;

/// The share of `count` samples whose interval of the difference holds 0, the true one.
double coverage(std::size_t units, std::size_t count, const std::function<Sides()>& draw) {
  const Resamples resamples({1, units, false});
  std::size_t held = 0;
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<Sides> sides(units);
    for (Sides& side : sides) side = draw();
    const auto estimate = paired_estimate(MeanOverRuns(sides), resamples, kConfidence);
    held += estimate.difference->low <= 0 && 0 <= estimate.difference->high;
  }
  return static_cast<double>(held) / static_cast<double>(count);
}

TEST(Bootstrap, HoldsTheMeanOfNormalDifferencesAsOftenAsItSays) {
  Generator random(1);
  boost::random::normal_distribution<> normal;
  // 1000 samples: a coverage of 95 % is found within 2 % of it.
  for (const std::size_t units : {3, 6, 10, 20}) {
    const double held = coverage(units, 1000, [&] {
      const double base = 100 + normal(random);
      return Sides{base, base + normal(random)};
    });
    EXPECT_NEAR(held, kConfidence, 0.02) << units << " units";
  }
}

TEST(Bootstrap, HoldsSymmetricDifferencesWithHeavyTails) {
  // Base and head from the same skewed distribution, as if nothing had changed.
  Generator random(2);
  boost::random::exponential_distribution<> exponential;
  const auto skewed = [&] { return std::pow(exponential(random), 2); };
  for (const std::size_t units : {6, 10, 20}) {
    const double held = coverage(units, 1000, [&] {
      const double base = skewed();
      return Sides{base, skewed()};
    });
    EXPECT_GE(held, 0.93) << units << " units";
  }
}

/// Waits of jobs in a queue by Lindley's recursion: each begins with what the one before left.
class Queue {
 public:
  explicit Queue(double load) : load_(load) {}
  double next(double arrival_gap, double service) {
    const double wait = wait_;
    wait_ = std::max(0.0, wait_ + service * load_ - arrival_gap);
    return wait;
  }

 private:
  double load_;
  double wait_ = 0;
};

struct QueuePair {
  std::vector<double> base;
  std::vector<double> head;
};

/// The same arrivals, and service times of the same distribution: nothing has changed in the long
/// run.
QueuePair unchanged_queues(Generator& random, double load, std::size_t jobs) {
  boost::random::exponential_distribution<> exponential;
  Queue base(load);
  Queue head(load);
  QueuePair pair;
  for (std::size_t i = 0; i < jobs; ++i) {
    const double gap = exponential(random);
    pair.base.push_back(base.next(gap, exponential(random)));
    pair.head.push_back(head.next(gap, exponential(random)));
  }
  return pair;
}

OverStretches statistic_of(const QueuePair& pair, std::size_t stretches,
                           std::optional<double> percent) {
  const auto values = [&](const std::vector<double>& waits) {
    std::vector<PlacedValue> placed;
    for (std::size_t i = 0; i < waits.size(); ++i) {
      placed.push_back({waits[i], static_cast<std::uint16_t>(i * stretches / waits.size())});
    }
    return PlacedValues(std::move(placed), stretches, percent);
  };
  std::vector<OverStretches::Seed> seeds;
  seeds.push_back({values(pair.base), values(pair.head), stretches});
  return OverStretches(std::move(seeds));
}

/// Who takes jobs for independent of each other, and believes in the central limit theorem.
bool alarms_as_if_independent(const QueuePair& pair) {
  double sum = 0;
  double squares = 0;
  for (std::size_t i = 0; i < pair.base.size(); ++i) {
    const double difference = pair.head[i] - pair.base[i];
    sum += difference;
    squares += difference * difference;
  }
  return std::fabs(sum) > 1.96 * std::sqrt(squares);
}

struct FalseAlarms {
  double of_stretches = 0;
  double as_if_independent = 0;
};

FalseAlarms false_alarms(double load, std::size_t jobs, std::optional<double> percent) {
  constexpr std::size_t kRepetitions = 300;
  constexpr std::size_t kStretches = 16;
  Generator random(7);
  const Resamples resamples({1, kStretches, true});
  FalseAlarms alarms;
  for (std::size_t i = 0; i < kRepetitions; ++i) {
    const QueuePair pair = unchanged_queues(random, load, jobs);
    const auto estimate =
        paired_estimate(statistic_of(pair, kStretches, percent), resamples, kConfidence);
    alarms.of_stretches += estimate.difference->low > 0 || estimate.difference->high < 0;
    alarms.as_if_independent += alarms_as_if_independent(pair);
  }
  alarms.of_stretches /= kRepetitions;
  alarms.as_if_independent /= kRepetitions;
  return alarms;
}

TEST(Bootstrap, KeepsItsPromiseOnCorrelatedWaits) {
  // 5 % are promised; 8.8 % of 300 repetitions are three standard errors from that.
  for (const double load : {0.5, 0.8, 0.9}) {
    const FalseAlarms alarms = false_alarms(load, 4000, std::nullopt);
    EXPECT_LE(alarms.of_stretches, 0.088) << "load " << load;
    // Jobs of one queue are not independent: who takes them for that mostly raises an alarm.
    EXPECT_GE(alarms.as_if_independent, 0.4) << "load " << load;
  }
}

TEST(Bootstrap, KeepsItsPromiseOnPercentilesOfCorrelatedWaits) {
  for (const double load : {0.5, 0.8}) {
    EXPECT_LE(false_alarms(load, 4000, 95).of_stretches, 0.088) << "load " << load;
  }
}

TEST(Bootstrap, IntervalsOfAMeanAreAsWideAsStudents) {
  // Differences 1 to 10: mean 5.5, standard deviation 3.0277, Student's half-width at 9 degrees of
  // freedom 2.2622 · 3.0277 / √10 = 2.1659.
  std::vector<Sides> sides;
  for (int i = 1; i <= 10; ++i) sides.push_back({100, 100.0 + i});
  const auto estimate =
      paired_estimate(MeanOverRuns(sides), Resamples({1, 10, false}), kConfidence);
  EXPECT_DOUBLE_EQ(estimate.value.difference(), 5.5);
  EXPECT_NEAR(estimate.difference->low, 5.5 - 2.1659, 0.15);
  EXPECT_NEAR(estimate.difference->high, 5.5 + 2.1659, 0.15);
  EXPECT_NEAR(estimate.relative->low, estimate.difference->low / 100, 1e-12);
  EXPECT_NEAR(estimate.head->high, 100 + estimate.difference->high, 1e-9);
  EXPECT_EQ(estimate.correlation, 0);
}

TEST(Bootstrap, NeighboursThatDependWidenTheInterval) {
  // Ten stretches, the first five good and the last five bad: the lag-1 correlation of five times
  // -1 and five times 1 is 7/10, and 1/10 more for its bias.
  std::vector<OverStretches::Seed> seeds;
  std::vector<PlacedValue> base;
  std::vector<PlacedValue> head;
  for (std::uint16_t i = 0; i < 10; ++i) {
    base.push_back({10, i});
    head.push_back({i < 5 ? 9.0 : 11.0, i});
  }
  seeds.push_back({PlacedValues(base, 10, {}), PlacedValues(head, 10, {}), 10});
  const OverStretches statistic(std::move(seeds));
  const auto apart = paired_estimate(statistic, Resamples({1, 10, false}), kConfidence);
  const auto near = paired_estimate(statistic, Resamples({1, 10, true}), kConfidence);
  EXPECT_NEAR(near.correlation, 0.8, 1e-9);
  EXPECT_GT(near.difference->high, 3 * apart.difference->high);
}

TEST(Bootstrap, EqualInputGivesEqualIntervals) {
  std::vector<Sides> sides;
  for (int i = 0; i < 7; ++i) sides.push_back({10.0 + i, 11.0 + i * i % 5});
  const MeanOverRuns statistic(sides);
  const auto one = paired_estimate(statistic, Resamples({1, 7, false}), kConfidence);
  const auto two = paired_estimate(statistic, Resamples({1, 7, false}), kConfidence);
  EXPECT_EQ(one.difference, two.difference);
  EXPECT_EQ(one.relative, two.relative);
}

TEST(Bootstrap, NothingAgainstSomething) {
  const std::vector<Sides> sides(6, Sides{0, 3});
  const auto estimate = paired_estimate(MeanOverRuns(sides), Resamples({1, 6, false}), kConfidence);
  EXPECT_EQ(estimate.difference, (Interval{3, 3}));
  EXPECT_FALSE(estimate.relative);
  EXPECT_TRUE(std::isinf(estimate.value.relative()));
  EXPECT_EQ((Sides{0, 0}.relative()), 0);
}

}  // namespace
}  // namespace tandem

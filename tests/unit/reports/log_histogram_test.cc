#include "reports/log_histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/support/random.h"

namespace tandem {
namespace {

double exact(std::vector<double> values, double percent) {
  std::ranges::sort(values);
  const double place = static_cast<double>(values.size() - 1) * percent / 100;
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (values[above] - values[below]) * (place - static_cast<double>(below));
}

TEST(LogHistograms, PercentilesAreWithinAThousandth) {
  for (std::uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    LogHistogram histogram;
    std::vector<double> values;
    const std::int64_t largest = std::int64_t{1} << random.between(4, 50);
    const std::int64_t count = random.between(1, 300);
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t value = random.between(0, random.between(1, largest));
      histogram.add(value, 1);
      values.push_back(static_cast<double>(value));
    }
    for (const double percent : {0.0, 10.0, 50.0, 90.0, 95.0, 99.0, 99.9, 100.0}) {
      const double right = exact(values, percent);
      ASSERT_NEAR(histogram.percentile(percent), right, right / 1000) << percent;
    }
    const auto all = histogram.distribution(1);
    ASSERT_EQ(all->max, *std::ranges::max_element(values));
    double sum = 0;
    for (const double value : values) sum += value;
    ASSERT_NEAR(all->mean, sum / static_cast<double>(count), 1e-9 * sum);
  }
}

TEST(LogHistograms, BetweenTwoValuesThePercentileIsBetweenThem) {
  LogHistogram histogram;
  histogram.add(100, 1);
  histogram.add(200, 1);
  EXPECT_EQ(histogram.percentile(50), 150);
  EXPECT_EQ(histogram.percentile(75), 175);
}

TEST(LogHistograms, ALineIsItsValuesOneByOne) {
  for (std::uint64_t seed = 1; seed <= seeds(200); ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    LogHistogram line;
    LogHistogram single;
    const std::int64_t first = random.between(0, std::int64_t{1} << random.between(1, 45));
    const std::int64_t growth =
        random.chance(20) ? 0 : random.between(0, std::int64_t{1} << random.between(1, 40));
    const std::int64_t steps = random.between(0, 500);
    const std::int64_t count = random.between(1, 5);
    line.add_line(first, growth, steps, count);
    for (std::int64_t i = 0; i < steps; ++i) single.add(first + i * growth, count);
    ASSERT_EQ(line.count(), single.count());
    ASSERT_EQ(line.distribution(1), single.distribution(1));
    for (double percent = 0; percent <= 100 && steps > 0; percent += 0.7) {
      ASSERT_EQ(line.percentile(percent), single.percentile(percent));
    }
  }
}

TEST(LogHistograms, TwoMergedAreOneOfAllValues) {
  Random random(7);
  LogHistogram parts[2];
  LogHistogram whole;
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t value = random.between(0, i % 2 == 0 ? 1000 : 1'000'000'000);
    parts[i % 2].add(value, 2);
    whole.add(value, 2);
  }
  LogHistogram merged = parts[0];
  merged.add(parts[1]);
  EXPECT_EQ(merged.distribution(0.5), whole.distribution(0.5));
  EXPECT_EQ(merged.count(), 2000);
}

TEST(LogHistograms, OfNothingThereIsNothing) {
  LogHistogram histogram;
  EXPECT_FALSE(histogram.distribution(1));
  histogram.add_line(5, 1, 0, 3);
  EXPECT_EQ(histogram.count(), 0);
}

}  // namespace
}  // namespace tandem

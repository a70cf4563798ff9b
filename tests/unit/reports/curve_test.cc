#include "reports/history/curve.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "reports/history/level_series.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

TEST(LevelSeries, SampledKeepsFirstLowestHighestAndLastOfEachPiece) {
  LevelSeries series;
  for (int s = 0; s < 10; ++s)
    series.set(Time{std::chrono::seconds(s)}, s == 3 ? 9 : s == 6 ? -9 : s);
  using Point = LevelSeries::Point;
  EXPECT_EQ(series.sampled(2, Time{10s}), (std::vector<Point>{{Time{0s}, 0},
                                                              {Time{3s}, 9},
                                                              {Time{4s}, 4},
                                                              {Time{5s}, 5},
                                                              {Time{6s}, -9},
                                                              {Time{9s}, 9},
                                                              {Time{10s}, 9}}));
}

TEST(LevelSeries, OfOneInstantTheLastLevelCounts) {
  LevelSeries series;
  series.set(Time{0s}, 1);
  series.set(Time{1s}, 5);
  series.set(Time{1s}, 1);
  EXPECT_EQ(series.points().size(), 1U);
  series.set(Time{2s}, 1);
  EXPECT_EQ(series.points().size(), 1U);
}

TEST(LevelSeries, SampledIsSmallAndHasTheExtremes) {
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    LevelSeries series;
    double low = 1e9;
    double high = -1e9;
    for (int i = 0; i < 5000; ++i) {
      const auto level = static_cast<double>(random() % 1000);
      low = std::min(low, level);
      high = std::max(high, level);
      series.set(Time{std::chrono::milliseconds(i * 7)}, level);
    }
    const auto sampled = series.sampled(50, Time{35s});
    EXPECT_LE(sampled.size(), 4 * 50 + 1U);
    const auto by_level = [](const auto& a, const auto& b) { return a.level < b.level; };
    const auto by_time = [](const auto& a, const auto& b) { return a.at < b.at; };
    EXPECT_EQ(std::ranges::min_element(sampled, by_level)->level, low);
    EXPECT_EQ(std::ranges::max_element(sampled, by_level)->level, high);
    EXPECT_TRUE(std::ranges::is_sorted(sampled, by_time));
  }
}

TEST(DistributionCurve, ShareOfValuesAtMostThere) {
  EXPECT_EQ(distribution_curve({3, 1, 1, 2}), (Polyline{{1, 0.5}, {2, 0.75}, {3, 1}}));
  EXPECT_TRUE(distribution_curve({}).empty());
}

TEST(DistributionCurve, OfManyValuesGrowsFromTheLeastToTheLargest) {
  std::mt19937 random(3);
  std::vector<double> values;
  for (int i = 0; i < 10'000; ++i) values.push_back(static_cast<double>(random() % 100'000));
  const Polyline curve = distribution_curve(values, 100);
  EXPECT_LE(curve.size(), 102U);
  EXPECT_EQ(curve.back(), (CurvePoint{*std::ranges::max_element(values), 1}));
  EXPECT_EQ(curve.front().x, *std::ranges::min_element(values));
  for (const CurvePoint& point : curve) {
    const auto at_most = std::ranges::count_if(values, [&](double v) { return v <= point.x; });
    EXPECT_NEAR(point.y, static_cast<double>(at_most) / 10'000, 2e-3);
  }
}

TEST(Thinned, KeepsExtremesAndEnds) {
  Polyline curve;
  for (int i = 0; i < 1000; ++i) curve.push_back({i * 1., i == 517 ? 99. : i % 10});
  const Polyline thin = thinned(curve, 20);
  EXPECT_LE(thin.size(), 80U);
  EXPECT_EQ(thin.front(), curve.front());
  EXPECT_EQ(thin.back(), curve.back());
  EXPECT_NE(std::ranges::find(thin, CurvePoint{517, 99}), thin.end());
  EXPECT_EQ(thinned(curve, 250), curve);
}

}  // namespace
}  // namespace tandem

#include "reports/time_series.h"

#include <gtest/gtest.h>

#include <vector>

namespace tandem {
namespace {

Time at(double s) { return Time{Duration{static_cast<std::int64_t>(s * 1e9)}}; }

TEST(TimeSeriesTest, MeansAreOfPiecesOfASecondAtFirst) {
  TimeSeries series;
  series.add(at(0.5), at(1), 4);
  series.add(at(1), at(1.25), 8);
  series.add(at(2.75), at(3), 6);
  EXPECT_EQ(series.step(), std::chrono::seconds(1));
  EXPECT_EQ(series.means(at(4)), (std::vector<double>{2, 2, 1.5, 0}));
  // The last piece is shorter: a quarter of a second of 6 in half a second.
  TimeSeries shorter;
  shorter.add(at(0.25), at(0.5), 6);
  EXPECT_EQ(shorter.means(at(0.5)), (std::vector<double>{3}));
}

TEST(TimeSeriesTest, ASpanMayCrossManyPieces) {
  TimeSeries series;
  series.add(at(0.5), at(3.5), 2);
  EXPECT_EQ(series.means(at(4)), (std::vector<double>{1, 2, 2, 1}));
}

TEST(TimeSeriesTest, TwoPiecesBecomeOneWhenThereAreTooMany) {
  TimeSeries series;
  for (int second = 0; second < 256; ++second) series.add(at(second), at(second + 1), second);
  EXPECT_EQ(series.step(), std::chrono::seconds(1));
  EXPECT_EQ(series.means(at(256)).size(), 256U);
  series.add(at(256), at(257), 1000);
  EXPECT_EQ(series.step(), std::chrono::seconds(2));
  const std::vector<double> means = series.means(at(258));
  ASSERT_EQ(means.size(), 129U);
  EXPECT_EQ(means[0], 0.5);
  EXPECT_EQ(means[127], 254.5);
  EXPECT_EQ(means[128], 500);
}

TEST(TimeSeriesTest, ALongSilenceCostsNothingAndStaysInTheMeans) {
  TimeSeries series;
  series.add(at(0), at(1), 256 * 40);
  series.add(at(10'000), at(10'001), 1);
  EXPECT_EQ(series.step(), std::chrono::seconds(64));  // 157 pieces; 32 s would be 313.
  EXPECT_EQ(series.means(at(10'001)).size(), 157U);
  EXPECT_EQ(series.means(at(10'001))[0], 160);
}

TEST(TimeSeriesTest, OfNothingAllMeansAreZero) {
  const TimeSeries series;
  EXPECT_EQ(series.means(at(1.5)), (std::vector<double>{0, 0}));
  EXPECT_TRUE(series.means(at(0)).empty());
}

}  // namespace
}  // namespace tandem

#include "reports/statistics.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(Percentiles, PercentilesLieBetweenNeighbours) {
  // Five values: p90 lies at place 4 * 0.9 = 3.6, that is 0.6 of the way from 40 to 100.
  const auto result = percentiles_of({100, 10, 40, 20, 30});
  ASSERT_TRUE(result);
  EXPECT_DOUBLE_EQ(result->mean, 40);
  EXPECT_DOUBLE_EQ(result->p50, 30);
  EXPECT_DOUBLE_EQ(result->p90, 76);
  EXPECT_DOUBLE_EQ(result->p95, 88);
  EXPECT_DOUBLE_EQ(result->p99, 97.6);
  EXPECT_DOUBLE_EQ(result->max, 100);
}

TEST(Percentiles, HundredAndOneValuesHitTheirPlacesExactly) {
  std::vector<double> values;
  for (int i = 100; i >= 0; --i) values.push_back(i);
  EXPECT_EQ(percentiles_of(values), (Percentiles{50, 50, 90, 95, 99, 100}));
}

TEST(Percentiles, OneValueIsAllOfThem) {
  EXPECT_EQ(percentiles_of({3}), (Percentiles{3, 3, 3, 3, 3, 3}));
}

TEST(Percentiles, NothingHasNone) { EXPECT_FALSE(percentiles_of({})); }

TEST(Mean, SmallValuesSurviveALargeOne) {
  // Summed naively, each 1 is lost beside 1e16.
  std::vector<double> values(1001, 1.0);
  values[0] = 1e16;
  EXPECT_DOUBLE_EQ(*mean_of(values) * 1001, 1e16 + 1000);
}

TEST(Jain, WorkedExample) {
  // (1 + 2 + 3)^2 / (3 * (1 + 4 + 9)) = 36 / 42.
  const double values[] = {1, 2, 3};
  EXPECT_DOUBLE_EQ(*jain_index(values), 36.0 / 42.0);
}

TEST(Jain, IsOneOverNWhenOneHasAll) {
  const double values[] = {0, 5, 0, 0};
  EXPECT_DOUBLE_EQ(*jain_index(values), 0.25);
}

TEST(Jain, IsNothingWhenNobodyHasAnything) {
  const double values[] = {0, 0};
  EXPECT_FALSE(jain_index(values));
}

}  // namespace
}  // namespace tandem

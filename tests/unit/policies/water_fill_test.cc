#include "policies/core/water_fill.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/support/random.h"

namespace tandem {
namespace {

using Numbers = std::vector<double>;

void expect_near(const Numbers& found, const Numbers& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], 1e-12) << i;
}

TEST(WaterFill, WorkedCase) {
  expect_near(water_fill(10, Numbers{2, 2.6, 4, 5}, Numbers{1, 1, 1, 1}), {2, 2.6, 2.7, 2.7});
}

TEST(WaterFill, WeightsSetTheLevel) {
  // Level 2: the first is full at 1, the others get twice their weight.
  expect_near(water_fill(9, Numbers{1, 9, 9}, Numbers{1, 1, 3}), {1, 2, 6});
}

TEST(WaterFill, MoreThanEnoughFillsEverybody) {
  expect_near(water_fill(100, Numbers{2, 0, 5}, Numbers{1, 4, 0.5}), {2, 0, 5});
}

TEST(WaterFill, NothingWithoutWeight) {
  expect_near(water_fill(10, Numbers{4, 4, 4}, Numbers{0, 1, 0}), {0, 4, 0});
  expect_near(water_fill(10, Numbers{}, Numbers{}), {});
}

TEST(WaterFill, IsOneLevelForAll) {
  for (std::uint64_t seed = 1; seed <= seeds(2000); ++seed) {
    Random random(seed);
    Numbers demands;
    Numbers weights;
    for (int i = 0; i < 6; ++i) {
      demands.push_back(static_cast<double>(random.between(0, 12)));
      weights.push_back(static_cast<double>(random.between(0, 3)));
    }
    const double capacity = static_cast<double>(random.between(0, 40));
    const Numbers given = water_fill(capacity, demands, weights);
    double level = 0;  // Of those that want more.
    double usable = 0;
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (weights[i] > 0) usable += demands[i];
      if (weights[i] > 0 && given[i] < demands[i] - 1e-9) level = given[i] / weights[i];
    }
    EXPECT_NEAR(std::accumulate(given.begin(), given.end(), 0.0), std::min(capacity, usable), 1e-9)
        << "seed " << seed;
    for (std::size_t i = 0; i < given.size(); ++i) {
      const bool full = given[i] >= demands[i] - 1e-9;
      const double own = weights[i] > 0 ? given[i] / weights[i] : 0;
      EXPECT_TRUE(weights[i] <= 0 || (full && (level == 0 || own <= level + 1e-9)) ||
                  std::abs(own - level) < 1e-9)
          << "seed " << seed << " of " << i;
    }
  }
}

TEST(WeightedShares, WorkedCase) {
  Tenants tenants;
  const TenantId c1 = tenants.add("C1");
  const TenantId c2 = tenants.add("C2");
  tenants.add("C1/1A", c1, 1);
  tenants.add("C1/1B", c1, 1);
  tenants.add("C1/1C", c1, 3);
  tenants.add("C2/2A", c2, 1);
  expect_near(weighted_shares(300, tenants), {150, 150, 30, 30, 90, 150});
}

TEST(WeightedShares, NoneAmongSiblingsWithoutShares) {
  Tenants tenants;
  const TenantId team = tenants.add("team", {}, 2);
  tenants.add("other", {}, 1);
  tenants.add("team/a", team, 0);
  tenants.add("team/b", team, 0);
  expect_near(weighted_shares(3, tenants), {2, 1, 0, 0});
}

}  // namespace
}  // namespace tandem

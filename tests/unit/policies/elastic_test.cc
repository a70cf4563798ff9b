// Which sizes gangs may have, and how fast they are in between.

#include "policies/core/elastic.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/support/random.h"

namespace tandem {
namespace {

TEST(Elastic, HasAllSizesUnlessTheyAreListed) {
  const Elastic range{2, 5, {}, {}};
  EXPECT_EQ(range.size_below(100), 5U);
  EXPECT_EQ(range.size_below(4), 3U);
  EXPECT_EQ(range.size_below(2), std::nullopt);
  EXPECT_TRUE(range.allows(3));
  EXPECT_FALSE(range.allows(6));
  const Elastic listed{2, 8, {2, 4, 8}, {}};
  EXPECT_EQ(listed.size_below(100), 8U);
  EXPECT_EQ(listed.size_below(8), 4U);
  EXPECT_EQ(listed.size_below(7), 4U);
  EXPECT_EQ(listed.size_below(2), std::nullopt);
  EXPECT_TRUE(listed.allows(4));
  EXPECT_FALSE(listed.allows(3));
}

TEST(Elastic, WalksThroughAllItsSizesAndNoOthers) {
  for (std::uint64_t seed = 1; seed <= 500; ++seed) {
    Random random(seed);
    Elastic elastic;
    for (std::uint32_t size = 1; size <= 20; ++size) {
      if (random.chance(40)) elastic.sizes.push_back(size);
    }
    if (elastic.sizes.empty()) continue;
    elastic.least = elastic.sizes.front();
    elastic.most = elastic.sizes.back();
    std::vector<std::uint32_t> walked;
    for (auto size = elastic.size_below(30); size; size = elastic.size_below(*size)) {
      walked.insert(walked.begin(), *size);
    }
    ASSERT_EQ(walked, elastic.sizes) << "seed " << seed;
    for (std::uint32_t size = 0; size <= 21; ++size) {
      ASSERT_EQ(elastic.allows(size), std::ranges::count(elastic.sizes, size) == 1)
          << "seed " << seed << " size " << size;
    }
  }
}

TEST(Elastic, SpeedupsAreStraightLinesThatMayFall) {
  const Elastic elastic{1, 8, {}, {{2, 2'000'000}, {4, 3'000'000}, {8, 1'000'000}}};
  EXPECT_EQ(elastic.speedup_ppm(1), 2'000'000U);
  EXPECT_EQ(elastic.speedup_ppm(3), 2'500'000U);
  EXPECT_EQ(elastic.speedup_ppm(5), 2'500'000U);
  EXPECT_EQ(elastic.speedup_ppm(9), 1'000'000U);
}

}  // namespace
}  // namespace tandem

#include "policies/core/id_ranges.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/support/random.h"

namespace tandem {
namespace {

TEST(IdRangesTest, TwoRowsOfIdsAreTwoRanges) {
  IdRanges ids;
  for (std::uint32_t i = 0; i < 100; ++i) {
    EXPECT_TRUE(ids.add(i));
    EXPECT_TRUE(ids.add(1000 + i));
    EXPECT_EQ(ids.ranges(), 2U);
  }
  EXPECT_FALSE(ids.add(0));
  EXPECT_FALSE(ids.add(99));
  EXPECT_FALSE(ids.add(1050));
  EXPECT_TRUE(ids.add(100));
}

TEST(IdRangesTest, KnowsWhatASetKnows) {
  Random random(3);
  IdRanges ids;
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 3000; ++i) {
    const std::uint32_t id = random.below(2000);
    ASSERT_EQ(ids.add(id), seen.insert(id).second) << id;
  }
  for (std::uint32_t id = 0; id < 2000; ++id) ids.add(id);
  EXPECT_EQ(ids.ranges(), 1U);
  EXPECT_TRUE(ids.add(~0U));
  EXPECT_FALSE(ids.add(~0U));
}

}  // namespace
}  // namespace tandem

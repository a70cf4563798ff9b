#include "workloads/traces/twins.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tandem {
namespace {

auto twins_of(const std::vector<std::string>& names) {
  return find_twins(names.size(),
                    [&names](std::size_t place) -> std::string_view { return names[place]; });
}

std::vector<std::string> mixed(std::size_t count) {
  std::vector<std::string> names;
  // A step without a common factor visits every number once, in no order.
  for (std::size_t i = 0; i < count; ++i) names.push_back(std::to_string(i * 7919 % count));
  return names;
}

TEST(FindTwins, FindsNoneWhereAllDiffer) {
  EXPECT_FALSE(twins_of({}));
  EXPECT_FALSE(twins_of({"a"}));
  EXPECT_FALSE(twins_of({"b", "a", "c"}));
  EXPECT_FALSE(twins_of({"8", "9", "10", "11"}));
  EXPECT_FALSE(twins_of(mixed(100'000)));
}

TEST(FindTwins, FindsNeighbours) { EXPECT_EQ(twins_of({"1", "2", "2"}), std::pair(1UL, 2UL)); }

TEST(FindTwins, NamesTheEarliestRepeatAndTheFirstOfItsName) {
  EXPECT_EQ(twins_of({"c", "a", "b", "a", "c", "a"}), std::pair(1UL, 3UL));
  EXPECT_EQ(twins_of({"x", "x", "x"}), std::pair(0UL, 1UL));
}

TEST(FindTwins, FindsOnePairAmongMany) {
  std::vector<std::string> names = mixed(50'000);
  names[49'000] = names[123];
  EXPECT_EQ(twins_of(names), std::pair(123UL, 49'000UL));
}

}  // namespace
}  // namespace tandem

#include "executor/collective/ranks.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace tandem {
namespace {

TEST(Ranks, NeighboursAreTensorThenDataThenPipeline) {
  // 16 ranks, as in Megatron-LM's parallel_state.py with tensor 2, data 2, pipeline 4.
  const Ranks ranks(2, 2, 4);
  EXPECT_EQ(ranks.count(), 16);
  EXPECT_EQ(ranks.coordinates(0), (RankCoordinates{0, 0, 0}));
  EXPECT_EQ(ranks.coordinates(1), (RankCoordinates{.tensor = 1, .data = 0, .pipeline = 0}));
  EXPECT_EQ(ranks.coordinates(2), (RankCoordinates{.tensor = 0, .data = 1, .pipeline = 0}));
  EXPECT_EQ(ranks.coordinates(4), (RankCoordinates{.tensor = 0, .data = 0, .pipeline = 1}));
  EXPECT_EQ(ranks.members(Axis::kTensor, 7), (std::vector{6, 7}));
  EXPECT_EQ(ranks.members(Axis::kData, 7), (std::vector{5, 7}));
  EXPECT_EQ(ranks.members(Axis::kPipeline, 7), (std::vector{3, 7, 11, 15}));
  EXPECT_EQ(ranks.group_name(Axis::kPipeline, 7), "pipeline-3");
}

TEST(Ranks, GroupsOfAnAxisCutTheGangIntoEqualParts) {
  for (const Axis axis : {Axis::kTensor, Axis::kData, Axis::kPipeline}) {
    const Ranks ranks(3, 2, 4);
    std::map<std::string, std::set<int>> groups;
    for (int rank = 0; rank < ranks.count(); ++rank) {
      EXPECT_EQ(ranks.rank(ranks.coordinates(rank)), rank);
      const std::vector<int> members = ranks.members(axis, rank);
      EXPECT_EQ(static_cast<int>(members.size()), ranks.size(axis));
      for (const int member : members) EXPECT_EQ(ranks.members(axis, member), members);
      groups[ranks.group_name(axis, rank)].insert(rank);
    }
    EXPECT_EQ(static_cast<int>(groups.size()), ranks.count() / ranks.size(axis));
    for (const auto& [name, members] : groups) {
      const std::vector<int> same = ranks.members(axis, *members.begin());
      EXPECT_EQ(members, std::set<int>(same.begin(), same.end())) << name;
    }
  }
}

}  // namespace
}  // namespace tandem

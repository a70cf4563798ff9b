// Alpha-beta formulas against figures worked out by hand.
#include "workloads/perf/collective.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

constexpr Link kFast{100e9, 10e-6, 1e-6};
constexpr Link kSlow{10e9, 20e-6, 5e-6};

Route in_node(std::int64_t members) { return {members, members, kFast, kSlow}; }

double all_reduce_by(CollectiveAlgorithm algorithm, Route route, double bytes) {
  route.algorithm = algorithm;
  return all_reduce(route, bytes);
}

TEST(Collective, RingAllReduce) {
  // 2 * 7 us + 2 * 7/8 * 1e9 / 100e9 s, and 10 us to start.
  EXPECT_NEAR(all_reduce_by(CollectiveAlgorithm::kRing, in_node(8), 1e9), 10e-6 + 14e-6 + 17.5e-3,
              1e-12);
}

TEST(Collective, GatherAndScatterAreHalfARing) {
  EXPECT_NEAR(all_gather(in_node(8), 1e9), 10e-6 + 7e-6 + 8.75e-3, 1e-12);
  EXPECT_EQ(reduce_scatter(in_node(8), 1e9), all_gather(in_node(8), 1e9));
}

TEST(Collective, RingBetweenNodesUsesAllCards) {
  // Two nodes of four: the cut is 4 * 10e9. Six hops inside, one between.
  const Route route{8, 4, kFast, kSlow};
  const double ring = 20e-6 + 2 * (5e-6 + 6e-6) + 2 * 7.0 / 8 * 1e9 / 40e9;
  EXPECT_NEAR(all_reduce_by(CollectiveAlgorithm::kRing, route, 1e9), ring, 1e-12);
}

TEST(Collective, HierarchicalReducesInsideFirst) {
  // Inside: 2 * (3 us + 3/4 * 10 ms). Between two nodes, a quarter of it: 2 * (5 us + 1/2 * 25 ms).
  const Route route{8, 4, kFast, kSlow};
  EXPECT_NEAR(all_reduce_by(CollectiveAlgorithm::kHierarchical, route, 1e9),
              20e-6 + 2 * (3e-6 + 7.5e-3) + 2 * (5e-6 + 12.5e-3), 1e-12);
}

TEST(Collective, HierarchicalGathersAreHalfOfIt) {
  Route route{8, 4, kFast, kSlow};
  route.algorithm = CollectiveAlgorithm::kHierarchical;
  EXPECT_NEAR(all_gather(route, 1e9), 20e-6 + 3e-6 + 7.5e-3 + 5e-6 + 12.5e-3, 1e-12);
}

TEST(Collective, TreeIsBetterForLittleOnManyNodes) {
  // 64 nodes of one: 6 hops down and up instead of 63.
  const Route route{64, 1, kFast, kSlow};
  EXPECT_NEAR(all_reduce_by(CollectiveAlgorithm::kTree, route, 1e3), 20e-6 + 2 * 30e-6 + 2e3 / 10e9,
              1e-12);
  EXPECT_EQ(all_reduce(route, 1e3), all_reduce_by(CollectiveAlgorithm::kTree, route, 1e3));
  EXPECT_EQ(all_reduce(route, 1e9), all_reduce_by(CollectiveAlgorithm::kRing, route, 1e9));
}

TEST(Collective, AllToAll) {
  // Seven messages of 1/8.
  EXPECT_NEAR(all_to_all(in_node(8), 8e6), 10e-6 + 7 * (1e-6 + 1e6 / 100e9), 1e-12);
  // Of 15, eight leave the node.
  const Route route{16, 8, kFast, kSlow};
  EXPECT_NEAR(all_to_all(route, 16e6), 20e-6 + 8 * (5e-6 + 1e6 / 10e9), 1e-12);
}

TEST(Collective, WhatLeavesANode) {
  EXPECT_EQ(sent_between_nodes(in_node(8), 1e9), 0);
  EXPECT_DOUBLE_EQ(sent_between_nodes({8, 4, kFast, kSlow}, 1e9), 7.0 / 8 * 1e9 / 4);
}

TEST(Collective, PointToPoint) { EXPECT_NEAR(point_to_point(kSlow, 1e7), 1.025e-3, 1e-12); }

TEST(Collective, NobodyToTalkTo) {
  EXPECT_EQ(all_reduce(in_node(1), 1e9), 0);
  EXPECT_EQ(all_gather(in_node(1), 1e9), 0);
  EXPECT_EQ(all_to_all(in_node(1), 1e9), 0);
  EXPECT_EQ(all_reduce(in_node(8), 0), 0);
}

}  // namespace
}  // namespace tandem

// Placements against brute force over every way to split a gang.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <vector>

#include "policies/placement/packed.h"
#include "policies/placement/spread.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

/// A small cluster of one type, some of it taken, and a gang to place.
struct Puzzle {
  explicit Puzzle(std::uint64_t seed) {
    Random random(seed);
    const DeviceTypeId type = cluster.add_type("device");
    const std::uint32_t count = 1 + random.below(5);
    for (std::uint32_t i = 0; i < count; ++i) {
      const bool counted = random.chance(50);
      cluster.add_node(fmt::format("n{}", i), type, 1 + random.below(8),
                       {counted ? random.between(1, 10) : kUncounted});
    }
    if (random.chance(50)) demand.cpus_per_rank = {random.between(1, 3)};
    demand.one_node = random.chance(15);
    free.emplace(cluster);
    for (const Node& node : cluster.nodes()) take_some(node, random);
    demand.devices = 1 + random.below(10);
  }
  void take_some(const Node& node, Random& random) {
    const std::uint32_t taken = random.below(node.device_count);
    if (taken == 0) return;
    Demand other;
    other.devices = taken;
    Allocation allocation{{}, {{node.id, taken}}};
    free->lowest_free(node.id, taken, allocation.devices);
    free->take(other, allocation);
    if (random.chance(10)) free->set_up(node.id, false);
  }
  /// How many ranks each node takes; not capped by the size of the gang.
  std::vector<std::int64_t> rooms() const {
    std::vector<std::int64_t> rooms;
    for (const Node& node : cluster.nodes()) {
      const Room& room = free->room(node.id);
      std::int64_t ranks = free->is_up(node.id) ? room.devices : 0;
      while (ranks * demand.cpus_per_rank.count > room.cpus.count) --ranks;
      rooms.push_back(ranks);
    }
    return rooms;
  }

  Cluster cluster;
  std::optional<FreeDevices> free;
  Demand demand;
};

/// The fewest nodes that hold `left` ranks; 99 if all together do not.
int fewest(const std::vector<std::int64_t>& rooms, std::size_t from, std::int64_t left) {
  if (left <= 0) return 0;
  if (from == rooms.size()) return 99;
  return std::min(fewest(rooms, from + 1, left), 1 + fewest(rooms, from + 1, left - rooms[from]));
}

std::vector<std::int64_t> ranks_by_node(const Puzzle& puzzle, const Allocation& allocation) {
  std::vector<std::int64_t> ranks(puzzle.cluster.nodes().size());
  for (const DeviceId device : allocation.devices) ++ranks[puzzle.cluster.node_of(device).value];
  return ranks;
}

TEST(Packed, UsesTheFewestNodesPossible) {
  int placed = 0;
  for (std::uint64_t seed = 1; seed <= seeds(20'000); ++seed) {
    const Puzzle puzzle(seed);
    const auto rooms = puzzle.rooms();
    const int least = fewest(rooms, 0, puzzle.demand.devices);
    const bool possible = puzzle.demand.one_node ? least == 1 : least < 99;
    const auto allocation = Packed().place(puzzle.demand, *puzzle.free);
    ASSERT_EQ(allocation.has_value(), possible) << "seed " << seed;
    if (!allocation) continue;
    ASSERT_EQ(allocation->nodes.size(), static_cast<std::size_t>(least)) << "seed " << seed;
    FreeDevices(*puzzle.free).take(puzzle.demand, *allocation);  // Free, whole and on one type.
    placed += least > 1;
    if (least > 1) continue;
    // On one node: none that takes the gang has fewer devices free.
    const Room& chosen = puzzle.free->room(allocation->nodes.front().node);
    for (std::size_t node = 0; node < rooms.size(); ++node) {
      if (rooms[node] < puzzle.demand.devices) continue;
      ASSERT_GE(puzzle.free->room({static_cast<std::uint32_t>(node)}).devices, chosen.devices)
          << "seed " << seed;
    }
  }
  EXPECT_GT(placed, 1000 / 5);
}

TEST(Spread, GivesEachRankToTheNodeWithMostRoomLeft) {
  int placed = 0;
  for (std::uint64_t seed = 1; seed <= seeds(20'000); ++seed) {
    Puzzle puzzle(seed);
    puzzle.demand.one_node = false;
    auto rooms = puzzle.rooms();
    const auto allocation = Spread().place(puzzle.demand, *puzzle.free);
    ASSERT_EQ(allocation.has_value(), fewest(rooms, 0, puzzle.demand.devices) < 99)
        << "seed " << seed;
    if (!allocation) continue;
    FreeDevices(*puzzle.free).take(puzzle.demand, *allocation);
    std::vector<std::int64_t> left = rooms;
    const auto ranks = ranks_by_node(puzzle, *allocation);
    for (std::size_t node = 0; node < left.size(); ++node) left[node] -= ranks[node];
    for (std::uint32_t rank = 0; rank < puzzle.demand.devices; ++rank)
      --*std::ranges::max_element(rooms);
    // Among nodes with equal room it does not matter which.
    std::ranges::sort(rooms);
    std::ranges::sort(left);
    ASSERT_EQ(left, rooms) << "seed " << seed;
    ++placed;
  }
  EXPECT_GT(placed, 1000 / 5);
}

TEST(Spread, GangOnOneNodeGetsTheNodeWithMostDevicesFree) {
  for (std::uint64_t seed = 1; seed <= seeds(2'000); ++seed) {
    Puzzle puzzle(seed);
    puzzle.demand.one_node = true;
    const auto allocation = Spread().place(puzzle.demand, *puzzle.free);
    if (!allocation) continue;
    ASSERT_EQ(allocation->nodes.size(), 1U) << "seed " << seed;
    const std::uint32_t chosen = puzzle.free->room(allocation->nodes.front().node).devices;
    const auto rooms = puzzle.rooms();
    for (std::size_t node = 0; node < rooms.size(); ++node) {
      if (rooms[node] < puzzle.demand.devices) continue;
      ASSERT_LE(puzzle.free->room({static_cast<std::uint32_t>(node)}).devices, chosen)
          << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace tandem

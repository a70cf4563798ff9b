#include "policies/placement/fewest_switches.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>
#include <span>
#include <tuple>
#include <utility>

namespace tandem {
namespace {

using Level = FewestSwitches::Level;

struct Leaf {
  std::array<std::uint32_t, 3> path{};  ///< Pod, rack, node.
  std::uint32_t room = 0;               ///< In ranks.
};
/// Leaves below one switch, or one leaf.
struct Subtree {
  std::span<const Leaf> leaves;
  std::uint32_t room = 0;
};
/// A gang, or a part of it, on leaves, and how many pods, racks and nodes it takes.
struct Cover {
  std::array<std::uint32_t, 3> used{};
  std::vector<NodeShare> shares;
};

std::size_t depth_of(Level level) { return static_cast<std::size_t>(level); }
Level below(Level level) { return level == Level::kPod ? Level::kRack : Level::kNode; }

/// Cuts leaves, sorted by path, where the path changes at `level` or above. Roomiest first.
std::vector<Subtree> children(std::span<const Leaf> leaves, Level level) {
  const std::size_t depth = depth_of(level) + 1;
  const auto together = [&](const Leaf& a, const Leaf& b) {
    return std::equal(a.path.begin(), a.path.begin() + static_cast<std::ptrdiff_t>(depth),
                      b.path.begin());
  };
  std::vector<Subtree> subtrees;
  for (std::size_t i = 0; i < leaves.size(); ++i) {
    if (i == 0 || !together(leaves[i - 1], leaves[i])) subtrees.push_back({leaves.subspan(i, 0)});
    Subtree& last = subtrees.back();
    last.leaves = {last.leaves.data(), last.leaves.size() + 1};
    last.room += leaves[i].room;
  }
  std::ranges::stable_sort(subtrees, std::ranges::greater{}, &Subtree::room);
  return subtrees;
}

Cover cover(std::uint32_t ranks, std::span<const Leaf> leaves, Level level);

Cover cover_child(std::uint32_t ranks, const Subtree& child, Level level) {
  if (level != Level::kNode) return cover(ranks, child.leaves, below(level));
  return {{}, {{NodeId{child.leaves.front().path.back()}, ranks}}};
}

/// The children of a switch that the ranks need, which have room for them. `level` is theirs.
Cover cover(std::uint32_t ranks, std::span<const Leaf> leaves, Level level) {
  Cover whole;
  const auto add = [&](Cover part) {
    for (std::size_t i = 0; i < whole.used.size(); ++i) whole.used[i] += part.used[i];
    ++whole.used[depth_of(level)];
    std::ranges::move(part.shares, std::back_inserter(whole.shares));
  };
  const std::vector<Subtree> roomiest = children(leaves, level);
  auto next = roomiest.begin();
  for (; next->room < ranks; ++next) {
    add(cover_child(next->room, *next, level));
    ranks -= next->room;
  }
  Cover best = cover_child(ranks, *next, level);
  std::uint32_t room = next->room;
  for (++next; next != roomiest.end() && next->room >= ranks; ++next) {
    Cover other = cover_child(ranks, *next, level);
    if (std::tie(other.used, next->room) >= std::tie(best.used, room)) continue;
    best = std::move(other);
    room = next->room;
  }
  add(std::move(best));
  return whole;
}

std::string counted(std::size_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

std::vector<NodeShare> FewestSwitches::split(const Demand& demand, DeviceTypeId type,
                                             const FreeDevices& free) const {
  Demand endless = demand;  // Room beyond this gang counts too, when subtrees are compared.
  endless.devices = std::numeric_limits<std::uint32_t>::max();
  std::vector<Leaf> leaves;
  for (const auto& [devices, number] : free.by_free(type)) {
    const Node& node = free.cluster().node({number});
    const std::uint32_t room = free.ranks_on(node.id, endless);
    const std::uint32_t least = demand.one_node ? demand.devices : 1;
    if (room >= least) leaves.push_back({{node.pod, node.rack, number}, room});
  }
  std::ranges::sort(leaves, {}, &Leaf::path);
  return cover(demand.devices, leaves, top_).shares;
}

std::string FewestSwitches::why(const Demand&, const Allocation& allocation,
                                const FreeDevices& before) const {
  std::set<std::uint32_t> pods;
  std::set<std::pair<std::uint32_t, std::uint32_t>> racks;
  for (const NodeShare& share : allocation.nodes) {
    const Node& node = before.cluster().node(share.node);
    pods.insert(node.pod);
    racks.emplace(node.pod, node.rack);
  }
  const std::string below_pod =
      counted(racks.size(), "rack") + ", " + counted(allocation.nodes.size(), "node");
  return top_ == Level::kPod ? counted(pods.size(), "pod") + ", " + below_pod : below_pod;
}

}  // namespace tandem

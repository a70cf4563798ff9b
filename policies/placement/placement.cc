#include "policies/placement/placement.h"

#include <algorithm>

#include "policies/core/check.h"

namespace tandem {
namespace {

/// A job without devices goes to the first node with the CPUs and memory it asks for.
std::optional<Allocation> place_without_devices(const Demand& demand, const FreeDevices& free) {
  for (const Node& node : free.cluster().nodes()) {
    if (free.ranks_on(node.id, demand) > 0) return Allocation{{}, {{node.id, 1}}};
  }
  return std::nullopt;
}

/// The tightest node, not beyond `last` in the order of free devices, that takes all of `ranks`.
std::optional<NodeId> tightest(const Demand& demand, std::uint32_t ranks, DeviceTypeId type,
                               std::pair<std::uint32_t, std::uint32_t> last,
                               const FreeDevices& free) {
  const FreeDevices::ByFree& nodes = free.by_free(type);
  for (auto node = nodes.lower_bound({ranks, 0}); node != nodes.end() && *node <= last; ++node) {
    if (free.ranks_on(NodeId{node->second}, demand) >= ranks) return NodeId{node->second};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Allocation> Placement::place(const Demand& demand, const FreeDevices& free) const {
  if (demand.devices == 0) return place_without_devices(demand, free);
  const auto type = free.type_with_room(demand);
  if (!type) return std::nullopt;
  Allocation allocation;
  allocation.nodes = split(demand, *type, free);
  allocation.devices.reserve(demand.devices);
  for (const NodeShare& share : allocation.nodes) {
    free.lowest_free(share.node, share.ranks, allocation.devices);
  }
  return allocation;
}

std::vector<NodeShare> Packed::split(const Demand& demand, DeviceTypeId type,
                                     const FreeDevices& free) const {
  std::vector<NodeShare> shares;
  const FreeDevices::ByFree& nodes = free.by_free(type);
  std::uint32_t left = demand.devices;
  for (auto node = nodes.rbegin(); left > 0; ++node) {
    CHECK(node != nodes.rend(), "no room for {} devices after all", demand.devices);
    // What is left goes to one node as soon as one takes it; before that the roomiest are filled.
    if (const auto last = tightest(demand, left, type, *node, free)) {
      shares.push_back({*last, left});
      break;
    }
    const std::uint32_t here = std::min(left, free.ranks_on(NodeId{node->second}, demand));
    if (here > 0) shares.push_back({NodeId{node->second}, here});
    left -= here;
  }
  return shares;
}

std::vector<NodeShare> Spread::split(const Demand& demand, DeviceTypeId type,
                                     const FreeDevices& free) const {
  if (demand.one_node) {
    const FreeDevices::ByFree& nodes = free.by_free(type);
    auto node = nodes.rbegin();
    while (free.ranks_on(NodeId{node->second}, demand) < demand.devices) ++node;
    return {{NodeId{node->second}, demand.devices}};
  }
  // Lower the roomiest nodes to a common level: `level` is the largest room that any node may keep
  // such that all ranks have been given out.
  struct Offer {
    NodeId node;
    std::uint32_t room;
    std::uint32_t given;
  };
  std::vector<Offer> offers;
  for (const auto& [devices, node] : free.by_free(type)) {
    const std::uint32_t room = free.ranks_on(NodeId{node}, demand);
    if (room > 0) offers.push_back({NodeId{node}, room, 0});
  }
  std::sort(offers.begin(), offers.end(), [](const Offer& a, const Offer& b) {
    return a.room != b.room ? a.room > b.room : a.node < b.node;
  });
  std::uint32_t left = demand.devices;
  std::size_t open = 0;  // The first `open` nodes have been lowered to `level`.
  std::uint32_t level = offers.front().room;
  while (left > 0) {
    while (open < offers.size() && offers[open].room >= level) ++open;
    for (std::size_t i = 0; i < open && left > 0; ++i, --left) ++offers[i].given;
    --level;
  }
  std::vector<NodeShare> shares;
  for (const Offer& offer : offers) {
    if (offer.given > 0) shares.push_back({offer.node, offer.given});
  }
  return shares;
}

}  // namespace tandem

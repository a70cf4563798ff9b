#include "policies/placement/placement.h"

#include <algorithm>
#include <limits>

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

/// The node with the fewest free devices that takes the whole gang.
std::optional<NodeId> tightest(const Demand& demand, DeviceTypeId type, const FreeDevices& free) {
  const FreeDevices::ByFree& nodes = free.by_free(type);
  for (auto node = nodes.lower_bound({demand.devices, 0}); node != nodes.end(); ++node) {
    if (free.ranks_on(NodeId{node->second}, demand) == demand.devices) return NodeId{node->second};
  }
  return std::nullopt;
}

/// Fills the roomiest nodes until what is left fits on one, and then takes the tightest for it.
/// `nodes`: by how many ranks they take; none takes the whole gang.
std::vector<NodeShare> fill_roomiest(std::uint32_t ranks, const FreeDevices::ByFree& nodes) {
  std::vector<NodeShare> shares;
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    if (node->first >= ranks) {
      // The tightest comes before this one in `nodes`, if it is not this one: not used yet.
      shares.push_back({NodeId{nodes.lower_bound({ranks, 0})->second}, ranks});
      return shares;
    }
    shares.push_back({NodeId{node->second}, node->first});
    ranks -= node->first;
  }
  CHECK(false, "no room for {} ranks after all", ranks);
}

}  // namespace

std::optional<Allocation> Placement::place(const Demand& demand, const FreeDevices& free) const {
  if (demand.devices == 0) return place_without_devices(demand, free);
  const auto type = free.type_with_room(demand);
  if (!type) return std::nullopt;
  if (demand.shares_device()) {
    const DeviceId device = device_to_share(demand, *type, free);
    return Allocation{{device}, {{free.cluster().node_of(device), 1}}};
  }
  Allocation allocation;
  allocation.nodes = split(demand, *type, free);
  allocation.devices.reserve(demand.devices);
  for (const NodeShare& share : allocation.nodes) {
    free.lowest_free(share.node, share.ranks, allocation.devices);
  }
  return allocation;
}

DeviceId Placement::device_to_share(const Demand& demand, DeviceTypeId type,
                                    const FreeDevices& free) const {
  const FreeDevices::Parts& parts = free.parts(type);
  for (auto part = parts.lower_bound({demand.device_share, DeviceId{}}); part != parts.end();
       ++part) {
    if (free.fits_on_part(demand, part->second)) return part->second;
  }
  std::vector<DeviceId> devices;
  free.lowest_free(split(demand, type, free).front().node, 1, devices);
  return devices.front();
}

std::vector<NodeShare> Packed::split(const Demand& demand, DeviceTypeId type,
                                     const FreeDevices& free) const {
  if (const auto node = tightest(demand, type, free)) return {{*node, demand.devices}};
  if (demand.counts_devices_only()) return fill_roomiest(demand.devices, free.by_free(type));
  // Free devices do not tell what a node takes: CPUs or memory may run out before.
  FreeDevices::ByFree by_ranks;
  for (const auto& [devices, node] : free.by_free(type)) {
    const std::uint32_t ranks = free.ranks_on(NodeId{node}, demand);
    if (ranks > 0) by_ranks.emplace(ranks, node);
  }
  return fill_roomiest(demand.devices, by_ranks);
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
  Demand endless = demand;  // Room beyond this gang counts too, when nodes are compared.
  endless.devices = std::numeric_limits<std::uint32_t>::max();
  const FreeDevices::ByFree& nodes = free.by_free(type);
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    // Roomiest first: a gang never needs more nodes than it has ranks.
    if (demand.counts_devices_only() && offers.size() == demand.devices) break;
    const std::uint32_t room = free.ranks_on(NodeId{node->second}, endless);
    if (room > 0) offers.push_back({NodeId{node->second}, room, 0});
  }
  std::stable_sort(offers.begin(), offers.end(),
                   [](const Offer& a, const Offer& b) { return a.room > b.room; });
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

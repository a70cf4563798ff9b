#include "policies/placement/spread.h"

#include <algorithm>
#include <limits>

namespace tandem {

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

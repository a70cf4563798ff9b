#include "policies/placement/packed.h"

#include "policies/core/check.h"

namespace tandem {
namespace {

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

std::vector<NodeShare> pack(const Demand& demand, DeviceTypeId type, const FreeDevices& free) {
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

}  // namespace tandem

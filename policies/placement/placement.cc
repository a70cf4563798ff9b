#include "policies/placement/placement.h"

namespace tandem {

std::optional<Allocation> Placement::place(const Demand& demand, const FreeDevices& free) const {
  if (demand.devices == 0) {
    const auto node = node_without_devices(demand, free);
    return node ? std::optional(Allocation{{}, {{*node, 1}}}) : std::nullopt;
  }
  const auto type = choose_type(demand, free);
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

std::optional<NodeId> Placement::node_without_devices(const Demand& demand,
                                                      const FreeDevices& free) const {
  for (const Node& node : free.cluster().nodes()) {
    if (free.ranks_on(node.id, demand) > 0) return node.id;
  }
  return std::nullopt;
}

}  // namespace tandem

#include "workloads/scenario/machine.h"

#include <algorithm>

#include "workloads/catalog/catalog.h"

namespace tandem {

const DeviceType* known_type(DeviceTypeId type, const ScenarioBuild& build) {
  const std::vector<DeviceType>& devices = build.scenario.catalog->devices;
  const std::string& name = build.scenario.cluster.types()[type.value];
  const auto known = std::ranges::find(devices, name, &DeviceType::name);
  return known != devices.end() ? &*known : nullptr;
}

std::variant<Machine, std::string> machine_of(DeviceTypeId type, const ScenarioBuild& build) {
  const Cluster& cluster = build.scenario.cluster;
  const DeviceType* known = known_type(type, build);
  if (known == nullptr) return "not in the catalogue";
  if (!known->node) return "the catalogue knows no usual node of it";
  Machine machine = usual_machine(*build.scenario.catalog, *known);
  std::uint32_t most = 0;
  for (const Node& node : cluster.nodes()) {
    if (node.type == type) most = std::max(most, node.device_count);
  }
  machine.devices_per_node = most;
  const NetworkSettings& network = build.scenario.network;
  if (network.nic_bits_per_s > 0) machine.nics_per_node = network.nics_per_node;
  return machine;
}

}  // namespace tandem

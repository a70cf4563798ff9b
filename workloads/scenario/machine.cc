#include "workloads/scenario/machine.h"

#include <algorithm>

#include "workloads/catalog/catalog.h"

namespace tandem {

std::variant<Machine, std::string> machine_of(DeviceTypeId type, const ScenarioBuild& build) {
  const Cluster& cluster = build.scenario.cluster;
  const Catalog& catalog = *build.scenario.catalog;
  const auto known =
      std::ranges::find(catalog.devices, cluster.types()[type.value], &DeviceType::name);
  if (known == catalog.devices.end()) return "not in the catalogue";
  if (!known->node) return "the catalogue knows no usual node of it";
  Machine machine = usual_machine(catalog, *known);
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

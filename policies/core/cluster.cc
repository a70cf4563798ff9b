#include "policies/core/cluster.h"

#include <algorithm>
#include <utility>

#include "policies/core/error.h"

namespace tandem {

DeviceTypeId Cluster::add_type(std::string_view name) {
  const auto known = std::find(types_.begin(), types_.end(), name);
  const auto index = static_cast<std::uint32_t>(known - types_.begin());
  if (known == types_.end()) {
    if (types_.size() == kMostDeviceTypes) {
      throw InputError("a cluster has at most 64 device types");
    }
    types_.emplace_back(name);
    devices_of_type_.push_back(0);
    price_per_hour_.emplace_back();
  }
  return DeviceTypeId{index};
}

NodeId Cluster::add_node(std::string name, DeviceTypeId type, std::uint32_t device_count,
                         MilliCpus cpus, Bytes memory) {
  const NodeId id{static_cast<std::uint32_t>(nodes_.size())};
  nodes_.push_back({id, std::move(name), type, DeviceId{this->device_count()}, device_count, cpus,
                    memory, 0, 0});
  node_of_.insert(node_of_.end(), device_count, id);
  devices_of_type_[type.value] += device_count;
  return id;
}

}  // namespace tandem

#include "policies/core/allocation.h"

#include <algorithm>
#include <utility>

namespace tandem {

Allocation allocation_of(std::vector<DeviceId> devices, const Cluster& cluster) {
  Allocation allocation{std::move(devices), {}};
  for (const DeviceId device : allocation.devices) {
    const NodeId node = cluster.node_of(device);
    if (allocation.nodes.empty() || allocation.nodes.back().node != node) {
      allocation.nodes.push_back({node, 0});
    }
    ++allocation.nodes.back().ranks;
  }
  return allocation;
}

Allocation difference(const Allocation& a, const Allocation& b, const Cluster& cluster) {
  std::vector<DeviceId> other = b.devices;
  std::sort(other.begin(), other.end());
  std::vector<DeviceId> left = a.devices;
  std::erase_if(left, [&](DeviceId device) {
    return std::binary_search(other.begin(), other.end(), device);
  });
  return allocation_of(std::move(left), cluster);
}

Allocation together(const Allocation& a, const Allocation& b, const Cluster& cluster) {
  std::vector<DeviceId> all = a.devices;
  const Allocation more = difference(b, a, cluster);
  all.insert(all.end(), more.devices.begin(), more.devices.end());
  return allocation_of(std::move(all), cluster);
}

}  // namespace tandem

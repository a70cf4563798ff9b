#include "policies/placement/best_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "policies/placement/packed.h"

namespace tandem {
namespace {

/// 0 where the node does not count what is left.
double part_of(std::int64_t left, std::int64_t most) {
  const bool counts = most > 0 && left < kUncounted / 2;
  return counts ? static_cast<double>(left) / static_cast<double>(most) : 0;
}

}  // namespace

BestFit::BestFit(const Cluster& cluster) {
  for (const Node& node : cluster.nodes()) {
    most_.devices = std::max(most_.devices, node.device_count);
    if (node.cpus.count < kUncounted) most_.cpus = std::max(most_.cpus, node.cpus);
    if (node.memory.count < kUncounted) most_.memory = std::max(most_.memory, node.memory);
  }
}

double BestFit::left_over(const Demand& demand, NodeId node, const FreeDevices& free) const {
  Room room = free.room(node);
  room.take(demand, demand.ranks());
  const auto devices = free.left_on(node);
  const std::int64_t idle = std::accumulate(devices.begin(), devices.end(), std::int64_t{0}) -
                            static_cast<std::int64_t>(demand.device_thousandths());
  return part_of(idle, std::int64_t{most_.devices} * kWholeDevice) +
         part_of(room.cpus.count, most_.cpus.count) +
         part_of(room.memory.count, most_.memory.count);
}

std::optional<NodeId> BestFit::best(const Demand& demand, const FreeDevices& free) const {
  std::optional<NodeId> best;
  double least = 0;
  for (const Node& node : free.cluster().nodes()) {
    if (!free.takes_all(node.id, demand)) continue;
    const double left = left_over(demand, node.id, free);
    if (best && left >= least) continue;
    best = node.id;
    least = left;
  }
  return best;
}

std::vector<NodeShare> BestFit::split(const Demand& demand, DeviceTypeId type,
                                      const FreeDevices& free) const {
  const auto node = best(only_on(type, demand), free);
  return node ? std::vector<NodeShare>{{*node, demand.devices}} : pack(demand, type, free);
}

DeviceId BestFit::device_to_share(const Demand& demand, DeviceTypeId type,
                                  const FreeDevices& free) const {
  const Node& node = free.cluster().node(*best(only_on(type, demand), free));
  const auto devices = free.left_on(node.id);
  std::uint32_t chosen = node.device_count;
  for (std::uint32_t slot = 0; slot < node.device_count; ++slot) {
    if (devices[slot] < demand.device_share) continue;
    if (chosen == node.device_count || devices[slot] < devices[chosen]) chosen = slot;
  }
  return {node.first_device.value + chosen};
}

std::optional<NodeId> BestFit::node_without_devices(const Demand& demand,
                                                    const FreeDevices& free) const {
  return best(demand, free);
}

std::string BestFit::why(const Demand& demand, const Allocation& allocation,
                         const FreeDevices& before) const {
  if (allocation.nodes.size() > 1) return fmt::format("{} nodes", allocation.nodes.size());
  return fmt::format("1 node, {:.2f} left over",
                     left_over(demand, allocation.nodes.front().node, before));
}

}  // namespace tandem

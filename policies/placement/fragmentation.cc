#include "policies/placement/fragmentation.h"

#include <algorithm>
#include <bit>
#include <numeric>
#include <tuple>

namespace tandem {
namespace {

constexpr std::size_t kMostClasses = 256;

/// Thousandths of the node's devices that a job of the class can use.
std::int64_t usable(const NodeLeft& node, const Demand& demand) {
  if (demand.devices == 0 || !demand.accepts(node.type)) return 0;
  if ((node.models & demand.excludes) != 0) return 0;
  const std::int64_t ranks = demand.one_node ? demand.devices : 1;
  if (node.room.cpus < demand.cpus_per_rank * ranks) return 0;
  if (node.room.memory < demand.memory_per_rank * ranks) return 0;
  if (!demand.shares_device()) {
    return node.room.devices < ranks ? 0 : std::int64_t{node.room.devices} * kWholeDevice;
  }
  std::int64_t sum = 0;
  for (const std::uint16_t left : node.devices) sum += left >= demand.device_share ? left : 0;
  return sum;
}

}  // namespace

NodeLeft::NodeLeft(NodeId node, const FreeDevices& free)
    : type(free.cluster().node(node).type), room(free.room(node)), models(free.models(node)) {
  const auto left = free.left_on(node);
  devices.assign(left.begin(), left.end());
}

NodeLeft NodeLeft::without(const Demand& demand, std::uint32_t ranks, std::size_t slot) const {
  NodeLeft rest = *this;
  rest.room.take(demand, ranks);
  rest.models |= demand.model;
  if (demand.devices == 0) return rest;
  if (demand.shares_device()) {
    std::uint16_t& left = rest.devices[slot];
    if (left == kWholeDevice) --rest.room.devices;
    left = static_cast<std::uint16_t>(left - demand.device_share);
    return rest;
  }
  for (std::uint16_t& left : rest.devices) {
    if (left == kWholeDevice && ranks > 0) left = 0, --ranks;
  }
  return rest;
}

void Fragmentation::count(const Demand& demand) {
  const auto [known, is_new] = counted_.try_emplace(demand);
  if (is_new) known->second.number = counted_.size();
  ++known->second.times;
  if (std::has_single_bit(++submissions_)) take_over();
}

void Fragmentation::take_over() {
  std::vector<std::pair<Counted, const Demand*>> by_popularity;
  for (const auto& [demand, counted] : counted_) by_popularity.emplace_back(counted, &demand);
  std::ranges::sort(by_popularity, [](const auto& a, const auto& b) {
    return std::tuple(b.first.times, a.first.number) < std::tuple(a.first.times, b.first.number);
  });
  by_popularity.resize(std::min(by_popularity.size(), kMostClasses));
  classes_.clear();
  weight_ = 0;
  for (const auto& [counted, demand] : by_popularity) {
    classes_.push_back({*demand, static_cast<std::int64_t>(counted.times)});
    weight_ += classes_.back().popularity;
  }
  ++epoch_;
}

std::int64_t Fragmentation::of(const NodeLeft& node) const {
  const std::int64_t idle =
      std::accumulate(node.devices.begin(), node.devices.end(), std::int64_t{0});
  if (idle == 0) return 0;
  std::int64_t sum = 0;
  for (const TaskClass& task : classes_)
    sum += task.popularity * (idle - usable(node, task.demand));
  return sum;
}

}  // namespace tandem

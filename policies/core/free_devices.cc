#include "policies/core/free_devices.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "policies/core/check.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

constexpr std::uint32_t kWordBits = 64;

/// How often `part` goes into `whole`, at most `most`; nothing asked goes in any number of times.
std::uint32_t times(std::int64_t whole, std::int64_t part, std::uint32_t most) {
  if (part == 0) return most;
  return static_cast<std::uint32_t>(std::min<std::int64_t>(whole / part, most));
}

}  // namespace

std::uint32_t Room::ranks(const Demand& demand) const {
  std::uint32_t ranks = demand.devices > 0 ? std::min(devices, demand.devices) : 1;
  ranks = times(cpus.count, demand.cpus_per_rank.count, ranks);
  return times(memory.count, demand.memory_per_rank.count, ranks);
}

void Room::take(const Demand& demand, std::uint32_t ranks) {
  if (demand.devices > 0 && !demand.shares_device()) devices -= ranks;
  cpus -= demand.cpus_per_rank * ranks;
  memory -= demand.memory_per_rank * ranks;
}

void Room::give_back(const Demand& demand, std::uint32_t ranks) {
  if (demand.devices > 0 && !demand.shares_device()) devices += ranks;
  cpus += demand.cpus_per_rank * ranks;
  memory += demand.memory_per_rank * ranks;
}

FreeDevices::FreeDevices(const Cluster& cluster)
    : cluster_(&cluster), left_(cluster.device_count(), kWholeDevice) {
  pools_.resize(cluster.types().size());
  nodes_.reserve(cluster.nodes().size());
  for (const Node& node : cluster.nodes()) {
    nodes_.push_back({{node.device_count, node.cpus, node.memory},
                      static_cast<std::uint32_t>(free_bits_.size()),
                      true});
    for (std::uint32_t left = node.device_count; left > 0;) {
      const std::uint32_t here = std::min(left, kWordBits);
      free_bits_.push_back(here == kWordBits ? ~std::uint64_t{0} : (std::uint64_t{1} << here) - 1);
      left -= here;
    }
    list(node.id);
  }
}

void FreeDevices::list(NodeId node) {
  const NodeState& state = nodes_[node.value];
  if (!state.up || state.room.devices == 0) return;
  Pool& pool = pools_[cluster_->node(node).type.value];
  pool.free += state.room.devices;
  pool.by_free.emplace(state.room.devices, node.value);
}

void FreeDevices::unlist(NodeId node) {
  const NodeState& state = nodes_[node.value];
  if (!state.up || state.room.devices == 0) return;
  Pool& pool = pools_[cluster_->node(node).type.value];
  pool.free -= state.room.devices;
  pool.by_free.erase({state.room.devices, node.value});
}

std::uint32_t FreeDevices::ranks_of(const NodeState& state, const Demand& demand) const {
  if ((state.models & demand.excludes) != 0) return 0;
  const std::uint32_t ranks = state.room.ranks(demand);
  return demand.excludes_itself() ? std::min(ranks, 1u) : ranks;
}

std::uint32_t FreeDevices::ranks_on(NodeId node, const Demand& demand) const {
  const NodeState& state = nodes_[node.value];
  if (!state.up) return 0;
  if (demand.devices > 0 && !demand.accepts(cluster_->node(node).type)) return 0;
  return ranks_of(state, demand);
}

bool FreeDevices::fits_on_part(const Demand& demand, DeviceId device) const {
  NodeState state = nodes_[cluster_->node_of(device).value];
  state.room.devices = 1;
  return state.up && ranks_of(state, demand) > 0;
}

bool FreeDevices::takes_all(NodeId node, const Demand& demand) const {
  if (!demand.shares_device()) return ranks_on(node, demand) == demand.ranks();
  const std::span<const std::uint16_t> left = left_on(node);
  return demand.accepts(cluster_->node(node).type) &&
         std::ranges::any_of(left, [&](auto some) { return some >= demand.device_share; }) &&
         fits_on_part(demand, cluster_->node(node).first_device);
}

bool FreeDevices::fits(const Demand& demand, DeviceTypeId type) const {
  const Pool& pool = pools_[type.value];
  if (demand.shares_device()) {
    for (auto part = pool.parts.lower_bound({demand.device_share, DeviceId{}});
         part != pool.parts.end(); ++part) {
      if (fits_on_part(demand, part->second)) return true;
    }
  }
  if (pool.free < demand.devices) return false;
  if (demand.counts_devices_only()) return true;
  std::uint32_t ranks = 0;
  for (auto node = pool.by_free.rbegin(); node != pool.by_free.rend(); ++node) {
    if (demand.one_node && node->first < demand.devices) return false;
    const std::uint32_t here = ranks_of(nodes_[node->second], demand);
    ranks = demand.one_node ? here : ranks + here;
    if (ranks >= demand.devices) return true;
  }
  return false;
}

std::optional<DeviceTypeId> FreeDevices::type_with_room(const Demand& demand) const {
  for (std::uint32_t type = 0; type < pools_.size(); ++type) {
    if (demand.accepts({type}) && fits(demand, DeviceTypeId{type})) return DeviceTypeId{type};
  }
  return std::nullopt;
}

bool FreeDevices::fits(const Demand& demand) const {
  if (demand.devices > 0) return type_with_room(demand).has_value();
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [&](const NodeState& node) { return node.up && ranks_of(node, demand) > 0; });
}

std::size_t FreeDevices::word_of(DeviceId device, std::uint64_t& mask) const {
  const Node& node = cluster_->node(cluster_->node_of(device));
  const std::uint32_t slot = device.value - node.first_device.value;
  mask = std::uint64_t{1} << slot % kWordBits;
  return nodes_[node.id.value].first_word + slot / kWordBits;
}

void FreeDevices::lowest_free(NodeId node, std::uint32_t count,
                              std::vector<DeviceId>& devices) const {
  const std::uint32_t first_device = cluster_->node(node).first_device.value;
  std::uint32_t word = nodes_[node.value].first_word;
  for (std::uint32_t base = first_device; count > 0; base += kWordBits, ++word) {
    for (std::uint64_t bits = free_bits_[word]; bits != 0 && count > 0; bits &= bits - 1) {
      devices.push_back({base + static_cast<std::uint32_t>(std::countr_zero(bits))});
      --count;
    }
  }
}

void FreeDevices::check_whole(const Demand& demand, const Allocation& allocation) const {
  const auto exists = [](const auto& id, std::size_t count) { return id.value < count; };
  std::uint64_t ranks = 0;
  for (const NodeShare& share : allocation.nodes) {
    ranks += share.ranks;
    if (!exists(share.node, nodes_.size())) {
      throw RuleBroken("gang-whole", fmt::format("there is no node {}", share.node.value));
    }
  }
  for (const DeviceId device : allocation.devices) {
    if (!exists(device, cluster_->device_count())) {
      throw RuleBroken("gang-whole", fmt::format("there is no device {}", device.value));
    }
  }
  if (ranks != demand.ranks() || allocation.devices.size() != demand.devices) {
    throw RuleBroken("gang-whole", fmt::format("{} devices and {} ranks for a gang of {}",
                                               allocation.devices.size(), ranks, demand.devices));
  }
  if (demand.one_node && allocation.nodes.size() != 1) {
    throw RuleBroken("one-node", fmt::format("{} nodes given", allocation.nodes.size()));
  }
  auto device = allocation.devices.begin();
  for (const NodeShare& share : allocation.nodes) {
    const Node& node = cluster_->node(share.node);
    if (!is_up(share.node)) throw RuleBroken("node-up", node.name + " is down");
    if (demand.devices == 0) continue;
    const bool one_type = node.type == cluster_->node(allocation.nodes.front().node).type;
    if (!demand.accepts(node.type) || !one_type) {
      throw RuleBroken("device-type", cluster_->type_name(node.type) + " on " + node.name);
    }
    for (std::uint32_t rank = 0; rank < share.ranks; ++rank, ++device) {
      if (cluster_->node_of(*device) != share.node) {
        throw RuleBroken("gang-whole",
                         fmt::format("device {} is not on {}", device->value, node.name));
      }
    }
  }
}

void FreeDevices::take(const Demand& demand, const Allocation& allocation) {
  check_whole(demand, allocation);
  if (demand.shares_device()) {
    take_part(allocation.devices.front(), demand.device_share);
    // The rest of this looks for CPUs, memory and the model: there is a device by now.
  }
  for (const NodeShare& share : allocation.nodes) {
    if (excluded(share.node, demand)) {
      throw RuleBroken("models-apart", "another model runs on " + cluster_->node(share.node).name);
    }
    NodeState state = nodes_[share.node.value];
    if (demand.shares_device()) state.room.devices = 1;
    if (ranks_of(state, demand) < share.ranks) {
      throw RuleBroken("node-capacity", "not enough room on " + cluster_->node(share.node).name);
    }
    unlist(share.node);
    nodes_[share.node.value].room.take(demand, share.ranks);
    list(share.node);
    if (demand.model != 0) count_models(share.node, demand.model, static_cast<int>(share.ranks));
  }
  if (demand.shares_device()) return;
  for (const DeviceId device : allocation.devices) {
    std::uint64_t mask = 0;
    std::uint64_t& bits = free_bits_[word_of(device, mask)];
    if ((bits & mask) == 0) {
      throw RuleBroken("device-free", fmt::format("device {} is taken", device.value));
    }
    bits &= ~mask;
    left_[device.value] = 0;
  }
}

void FreeDevices::give_back(const Demand& demand, const Allocation& allocation) {
  for (const NodeShare& share : allocation.nodes) {
    unlist(share.node);
    nodes_[share.node.value].room.give_back(demand, share.ranks);
    list(share.node);
    if (demand.model != 0) count_models(share.node, demand.model, -static_cast<int>(share.ranks));
  }
  if (demand.shares_device()) {
    return give_back_part(allocation.devices.front(), demand.device_share);
  }
  for (const DeviceId device : allocation.devices) {
    std::uint64_t mask = 0;
    std::uint64_t& bits = free_bits_[word_of(device, mask)];
    CHECK((bits & mask) == 0, "device {} given back twice", device.value);
    bits |= mask;
    left_[device.value] = kWholeDevice;
  }
}

bool FreeDevices::can_take(const Demand& demand, const Allocation& allocation) const {
  for (const DeviceId device : allocation.devices) {
    if (thousandths(device) < demand.device_share) return false;
  }
  return std::all_of(allocation.nodes.begin(), allocation.nodes.end(), [&](const NodeShare& share) {
    if (demand.shares_device()) return fits_on_part(demand, allocation.devices.front());
    return ranks_on(share.node, demand) >= share.ranks;
  });
}

void FreeDevices::take_part(DeviceId device, std::uint32_t thousandths) {
  const NodeId node = cluster_->node_of(device);
  Parts& listed = pools_[cluster_->node(node).type.value].parts;
  const std::uint32_t had = this->thousandths(device);
  if (had < thousandths) {
    throw RuleBroken("device-free", fmt::format("{} thousandths of device {} are free, not {}", had,
                                                device.value, thousandths));
  }
  if (had == kWholeDevice) {
    std::uint64_t mask = 0;
    std::uint64_t& bits = free_bits_[word_of(device, mask)];
    bits &= ~mask;
    unlist(node);
    --nodes_[node.value].room.devices;
    list(node);
  } else {
    listed.erase({had, device});
  }
  left_[device.value] = static_cast<std::uint16_t>(had - thousandths);
  listed.emplace(had - thousandths, device);
}

void FreeDevices::give_back_part(DeviceId device, std::uint32_t thousandths) {
  const NodeId node = cluster_->node_of(device);
  Parts& listed = pools_[cluster_->node(node).type.value].parts;
  const std::uint32_t had = this->thousandths(device);
  CHECK(had + thousandths <= kWholeDevice, "device {} given back twice", device.value);
  listed.erase({had, device});
  left_[device.value] = static_cast<std::uint16_t>(had + thousandths);
  if (had + thousandths < kWholeDevice) {
    listed.emplace(had + thousandths, device);
    return;
  }
  std::uint64_t mask = 0;
  std::uint64_t& bits = free_bits_[word_of(device, mask)];
  bits |= mask;
  unlist(node);
  ++nodes_[node.value].room.devices;
  list(node);
}

void FreeDevices::count_models(NodeId node, ModelSet models, int change) {
  std::uint32_t& ranks = model_ranks_[{node, models}];
  ranks += static_cast<std::uint32_t>(change);
  if (ranks == 0) {
    nodes_[node.value].models &= ~models;
    model_ranks_.erase({node, models});
  } else {
    nodes_[node.value].models |= models;
  }
}

std::uint32_t FreeDevices::excluded_ranks(NodeId node, const Demand& demand) const {
  std::uint32_t ranks = 0;
  for (auto counted = model_ranks_.lower_bound({node, 0});
       counted != model_ranks_.end() && counted->first.first == node; ++counted) {
    if ((counted->first.second & demand.excludes) != 0) ranks += counted->second;
  }
  return ranks;
}

void FreeDevices::set_up(NodeId node, bool up) {
  unlist(node);
  nodes_[node.value].up = up;
  list(node);
}

}  // namespace tandem

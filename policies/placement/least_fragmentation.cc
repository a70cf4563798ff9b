#include "policies/placement/least_fragmentation.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace tandem {
namespace {

/// Of which growths are kept: enough for what usually comes, and a bound on memory.
constexpr std::size_t kMostDemands = 512;

bool is_as_known(const NodeLeft& known, NodeId node, const FreeDevices& free) {
  const Room& room = free.room(node);
  return known.room.cpus == room.cpus && known.room.memory == room.memory &&
         known.models == free.models(node) && std::ranges::equal(known.devices, free.left_on(node));
}

}  // namespace

const LeastFragmentation::KnownNode& LeastFragmentation::look_at(NodeId node,
                                                                 const FreeDevices& free) const {
  KnownNode& known = nodes_[node.value];
  if (known.version > 0 && is_as_known(known.left, node, free)) return known;
  known.left = NodeLeft(node, free);
  known.fragmentation = fragmentation_.of(known.left);
  ++known.version;
  return known;
}

std::vector<LeastFragmentation::Growth>& LeastFragmentation::growths_of(
    const Demand& demand, const FreeDevices& free) const {
  if (epoch_ != fragmentation_.epoch() || nodes_.empty()) {
    epoch_ = fragmentation_.epoch();
    nodes_.assign(free.cluster().nodes().size(), {});
    growths_.clear();
  }
  Demand key = demand;
  key.types = kAnyType;  // Where it may go does not change what becomes of a node.
  if (growths_.size() >= kMostDemands && !growths_.contains(key)) growths_.clear();
  std::vector<Growth>& growths = growths_[key];
  growths.resize(nodes_.size());
  return growths;
}

LeastFragmentation::Growth LeastFragmentation::growth(const Demand& demand,
                                                      const KnownNode& node) const {
  const auto grows = [&](std::size_t slot) {
    const NodeLeft after = node.left.without(demand, demand.ranks(), slot);
    return fragmentation_.of(after) - node.fragmentation;
  };
  if (!demand.shares_device()) return {node.version, grows(0), 0};
  const std::vector<std::uint16_t>& left = node.left.devices;
  std::map<std::uint16_t, std::uint32_t> slots;  // Devices with as much left are alike.
  for (std::uint32_t slot = 0; slot < left.size(); ++slot) {
    if (left[slot] >= demand.device_share) slots.emplace(left[slot], slot);
  }
  std::optional<Growth> best;
  for (const auto& [thousandths, slot] : slots) {
    const Growth here{node.version, grows(slot), slot};
    if (!best || here.amount < best->amount) best = here;
  }
  return *best;
}

const LeastFragmentation::Growth& LeastFragmentation::growth_on(
    NodeId node, const Demand& demand, const FreeDevices& free,
    std::vector<Growth>& growths) const {
  const KnownNode& known = look_at(node, free);
  Growth& here = growths[node.value];
  if (here.version != known.version) here = growth(demand, known);
  return here;
}

std::optional<LeastFragmentation::Chosen> LeastFragmentation::best(const Demand& demand,
                                                                   const FreeDevices& free) const {
  std::vector<Growth>& growths = growths_of(demand, free);
  std::optional<Chosen> best;
  for (const Node& node : free.cluster().nodes()) {
    if (!free.takes_all(node.id, demand)) continue;
    const Growth& here = growth_on(node.id, demand, free, growths);
    if (!best || here.amount < best->growth.amount) best = Chosen{node.id, here};
  }
  return best;
}

std::optional<DeviceTypeId> LeastFragmentation::choose_type(const Demand& demand,
                                                            const FreeDevices& free) const {
  const auto chosen = best(demand, free);
  if (chosen) return free.cluster().node(chosen->node).type;
  return free.type_with_room(demand);
}

std::vector<NodeShare> LeastFragmentation::split(const Demand& demand, DeviceTypeId type,
                                                 const FreeDevices& free) const {
  const Demand here = only_on(type, demand);
  if (const auto chosen = best(here, free)) return {{chosen->node, demand.devices}};
  return fill(here, free);
}

std::vector<NodeShare> LeastFragmentation::fill(const Demand& demand,
                                                const FreeDevices& free) const {
  struct Offer {
    NodeShare share;
    std::int64_t growth = 0;
  };
  std::vector<Offer> offers;
  for (const Node& node : free.cluster().nodes()) {
    Demand part = demand;
    part.devices = free.ranks_on(node.id, demand);
    if (part.devices == 0) continue;
    const Growth& here = growth_on(node.id, part, free, growths_of(part, free));
    offers.push_back({{node.id, part.devices}, here.amount});
  }
  std::ranges::stable_sort(offers, [](const Offer& a, const Offer& b) {
    return a.growth * b.share.ranks < b.growth * a.share.ranks;
  });
  FreeDevices rest = free;
  std::vector<NodeShare> shares;
  Demand left = demand;
  for (const Offer& offer : offers) {
    if (offer.share.ranks > left.devices) break;
    shares.push_back(offer.share);
    rest.set_up(offer.share.node, false);
    left.devices -= offer.share.ranks;
    if (left.devices == 0) return shares;
  }
  shares.push_back({best(left, rest)->node, left.devices});
  return shares;
}

DeviceId LeastFragmentation::device_to_share(const Demand& demand, DeviceTypeId type,
                                             const FreeDevices& free) const {
  const Chosen chosen = *best(only_on(type, demand), free);
  return {free.cluster().node(chosen.node).first_device.value + chosen.growth.slot};
}

std::optional<NodeId> LeastFragmentation::node_without_devices(const Demand& demand,
                                                               const FreeDevices& free) const {
  const auto chosen = best(demand, free);
  return chosen ? std::optional(chosen->node) : std::nullopt;
}

std::string LeastFragmentation::why(const Demand& demand, const Allocation& allocation,
                                    const FreeDevices& before) const {
  std::int64_t growth = 0;
  for (const NodeShare& share : allocation.nodes) {
    const NodeLeft left(share.node, before);
    const std::uint32_t first = before.cluster().node(share.node).first_device.value;
    const std::uint32_t slot =
        allocation.devices.empty() ? 0 : allocation.devices.front().value - first;
    growth += fragmentation_.of(left.without(demand, share.ranks, slot)) - fragmentation_.of(left);
  }
  const double weight = static_cast<double>(std::max<std::int64_t>(fragmentation_.weight(), 1));
  return fmt::format("least new fragmentation, {:.2f} devices",
                     static_cast<double>(growth) / weight / kWholeDevice);
}

}  // namespace tandem

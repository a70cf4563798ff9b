#include "policies/backfill/shadow.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/core/allocation.h"

namespace tandem {
namespace {

/// How long a job may run that starts now; nothing if it does not fit.
std::optional<Duration> longest(const Filling& filling, const Demand& demand,
                                std::optional<Reservation>& reservation) {
  const bool count = demand.devices > 0 && (!reservation || reservation->counts_devices_only());
  bool leaves_room = true;
  if (count) {
    const auto type = filling.free().type_with_room(demand);
    if (!type) return std::nullopt;
    leaves_room = !reservation || *type != reservation->type() ||
                  demand.devices <= reservation->spare_devices();
  } else {
    const auto place = filling.placement().place(demand, filling.free());
    if (!place) return std::nullopt;
    if (reservation) {
      reservation->take(demand, *place);
      leaves_room = reservation->holder_fits();
      reservation->give_back(demand, *place);
    }
  }
  return leaves_room ? Duration::max() : reservation->shadow() - filling.now();
}

bool ends_in_time(const Filling& filling, JobId job, const Reservation& reservation) {
  return filling.estimate(job) <= reservation.shadow() - filling.now();
}

std::string why(const Filling& filling, JobId job, JobId holder,
                const std::optional<Reservation>& reservation) {
  if (job == filling.queue().first()) return filling.why_first(job);
  const Job& other = filling.job(holder);
  if (job == holder) return fmt::format("widest that waits, {} devices", other.demand.devices);
  if (!reservation) {
    return fmt::format("backfilled: nothing running makes room for job {}", other.name);
  }
  const double shadow_s = to_seconds(reservation->shadow());
  if (ends_in_time(filling, job, *reservation)) {
    return fmt::format("backfilled: should end before job {} can start at {} s", other.name,
                       shadow_s);
  }
  return fmt::format("backfilled: leaves room for job {} to start at {} s", other.name, shadow_s);
}

}  // namespace

Reservation::Reservation(const Demand& holder, DeviceTypeId type, const FreeDevices& free)
    : cluster_(&free.cluster()), holder_(holder), type_(type) {
  const bool one_node = holder.one_node || holder.devices == 0;
  needed_ = one_node ? 1 : holder.devices;
  for (const auto& [thousandths, device] : free.parts(type)) {
    shared_.emplace(device, thousandths);
    available_ += contribution(thousandths);
  }
  if (holder.counts_devices_only()) {
    available_ += free.count(type);
    return;
  }
  for (const Node& node : cluster_->nodes()) {
    const bool usable = node.type == type && free.is_up(node.id);
    rooms_.push_back(usable ? free.room(node.id) : Room{});
    if (usable) available_ += contribution(rooms_.back());
  }
}

std::int64_t Reservation::contribution(const Room& room) const {
  const std::uint32_t ranks = room.ranks(holder_);
  return needed_ == 1 && ranks < holder_.ranks() ? 0 : needed_ == 1 ? 1 : ranks;
}

std::int64_t Reservation::contribution(std::uint32_t thousandths) const {
  return holder_.shares_device() && thousandths >= holder_.device_share ? 1 : 0;
}

void Reservation::change_room(NodeId node, const Demand& demand, std::uint32_t ranks, int devices,
                              int sign) {
  if (rooms_.empty()) {
    available_ += devices;
    return;
  }
  Room& room = rooms_[node.value];
  available_ -= contribution(room);
  if (sign > 0) {
    room.give_back(demand, ranks);
  } else {
    room.take(demand, ranks);
  }
  // Whole devices are in the room's own account; one that was shared, or will be, is not.
  if (demand.shares_device()) room.devices += static_cast<std::uint32_t>(devices);
  available_ += contribution(room);
}

void Reservation::change_part(const Demand& demand, const Allocation& allocation, int sign) {
  const DeviceId device = allocation.devices.front();
  const auto [part, was_whole] = shared_.try_emplace(device, kWholeDevice);
  if (!was_whole) available_ -= contribution(part->second);
  part->second = sign > 0 ? part->second + demand.device_share : part->second - demand.device_share;
  const bool is_whole = part->second == kWholeDevice;
  if (is_whole) {
    shared_.erase(part);
  } else {
    available_ += contribution(part->second);
  }
  change_room(cluster_->node_of(device), demand, 1, int{is_whole} - int{was_whole}, sign);
}

void Reservation::change(const Demand& demand, const Allocation& allocation, int sign) {
  if (cluster_->node(allocation.nodes.front().node).type != type_) return;
  if (demand.shares_device()) return change_part(demand, allocation, sign);
  for (const NodeShare& share : allocation.nodes) {
    const int devices = demand.devices > 0 ? sign * static_cast<int>(share.ranks) : 0;
    change_room(share.node, demand, share.ranks, devices, sign);
  }
}

void ShadowBackfill::running(const Job& job, const Allocation& allocation, Time estimated_end) {
  if (Gang* known = gangs_.find(job.id)) {
    ends_[known->type.value].erase(end_of(*known, job.id));
    known->end = estimated_end;
    ends_[known->type.value].insert(end_of(*known, job.id));
    return;
  }
  const DeviceTypeId type = cluster_.node(allocation.nodes.front().node).type;
  const Gang& gang =
      gangs_.emplace(job.id, Gang{held_demand(job, allocation), allocation, type, estimated_end});
  ends_[type.value].insert(end_of(gang, job.id));
}

void ShadowBackfill::ended(JobId job) {
  const Gang& gang = gangs_.at(job);
  ends_[gang.type.value].erase(end_of(gang, job));
  gangs_.erase(job);
}

std::optional<Reservation> ShadowBackfill::reserve_on(const Filling& filling, const Demand& holder,
                                                      DeviceTypeId type) const {
  Reservation reservation(holder, type, filling.free());
  if (reservation.holder_fits()) reservation.set_shadow(filling.now());
  for (const auto& [end, devices, job] : ends_[type.value]) {
    if (reservation.holder_fits()) break;
    const Gang& gang = gangs_.at(job);
    reservation.give_back(gang.demand, gang.allocation);
    reservation.set_shadow(std::max(end, filling.now()));
  }
  return reservation.holder_fits() ? std::optional(std::move(reservation)) : std::nullopt;
}

std::optional<Reservation> ShadowBackfill::reserve(const Filling& filling,
                                                   const Demand& holder) const {
  std::optional<Reservation> earliest;
  for (std::uint32_t type = 0; type < ends_.size(); ++type) {
    if (holder.devices > 0 && !holder.accepts({type})) continue;
    auto reservation = reserve_on(filling, holder, DeviceTypeId{type});
    const bool earlier = reservation && (!earliest || reservation->shadow() < earliest->shadow());
    if (earlier) earliest = std::move(reservation);
  }
  return earliest;
}

bool ShadowBackfill::fill_beside(Filling& filling, JobId holder) {
  const Demand claimed = filling.job(holder).demand;
  auto reservation = reserve(filling, claimed);
  std::optional<Reservation> nothing;
  std::vector<Queue::Candidate> candidates;
  for (const std::uint32_t shape : filling.queue().waiting_shapes()) {
    candidates.push_back({shape, Duration::zero()});
  }
  while (true) {
    // Free devices and spare room only become fewer here: what is out is out for good.
    std::erase_if(candidates, [&](Queue::Candidate& candidate) {
      const Demand& demand = filling.queue().demand(candidate.shape);
      // The holder is the first of its shape, and not in its own way.
      const auto limit = longest(filling, demand, demand == claimed ? nothing : reservation);
      if (limit) candidate.limit = *limit;
      return !limit;
    });
    const auto next = filling.queue().first_among(candidates);
    if (!next) return false;
    const Demand demand = filling.job(*next).demand;
    const bool in_time = !reservation || ends_in_time(filling, *next, *reservation);
    const auto allocation = filling.start(*next, why(filling, *next, holder, reservation));
    if (*next == holder) return true;
    if (!in_time) reservation->take(demand, allocation);
  }
}

}  // namespace tandem

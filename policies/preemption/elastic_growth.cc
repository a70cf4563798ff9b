#include "policies/preemption/elastic_growth.h"

#include <algorithm>
#include <tuple>

#include "policies/backfill/shadow.h"
#include "policies/core/allocation.h"
#include "policies/preemption/coming_free.h"

namespace tandem {
namespace {

std::uint32_t devices_of(const Allocation& allocation) {
  return static_cast<std::uint32_t>(allocation.devices.size());
}

}  // namespace

std::vector<const ListedJob*> ElasticGrowth::in_order(const Preemption::View& view,
                                                      DeviceTypeId type) const {
  using Entry = std::tuple<Rank, Time, JobId>;
  std::vector<Entry> entries;
  for (const JobId id : view.jobs.holding()) {
    const ListedJob& gang = view.jobs.at(id);
    if (gang.where != ListedJob::Where::kRunning || !gang.job.elastic) continue;
    if (surroundings_.cluster.node(gang.allocation.nodes.front().node).type != type) continue;
    entries.emplace_back(view.order.rank(view.jobs.claim(gang, view.now), view.now),
                         gang.job.submitted, id);
  }
  std::sort(entries.begin(), entries.end());
  std::vector<const ListedJob*> gangs;
  for (const auto& [rank, submitted, id] : entries) gangs.push_back(&view.jobs.at(id));
  return gangs;
}

ElasticGrowth::Resizes ElasticGrowth::shrink(const Preemption::View& view,
                                             const Demand& demand) const {
  for (std::uint32_t type = 0; type < surroundings_.cluster.types().size(); ++type) {
    if (demand.devices > 0 && !demand.accepts({type})) continue;
    Reservation room = room_to_come(view, demand, DeviceTypeId{type});
    if (room.holder_fits()) return {};
    Resizes resizes;
    auto gangs = in_order(view, DeviceTypeId{type});
    while (!room.holder_fits() && !gangs.empty()) {
      const ListedJob& gang = *gangs.back();
      gangs.pop_back();
      Allocation kept = gang.allocation;
      // One size at a time, the last devices first: so nodes are left rather than thinned.
      while (!room.holder_fits()) {
        const auto size = gang.job.size_below(devices_of(kept));
        if (!size) break;
        const std::vector<DeviceId> last(kept.devices.begin() + *size, kept.devices.end());
        const Allocation lost = allocation_of(last, surroundings_.cluster);
        kept.devices.resize(*size);
        room.give_back(held_demand(gang.job, lost), lost);
      }
      if (kept.devices.size() == gang.allocation.devices.size()) continue;
      resizes.emplace_back(gang.job.id,
                           allocation_of(std::move(kept.devices), surroundings_.cluster));
    }
    if (room.holder_fits()) return resizes;
  }
  return {};
}

bool ElasticGrowth::will_fit(const Preemption::View& view, const Demand& demand) const {
  for (std::uint32_t type = 0; type < surroundings_.cluster.types().size(); ++type) {
    if (demand.devices > 0 && !demand.accepts({type})) continue;
    if (room_to_come(view, demand, DeviceTypeId{type}).holder_fits()) return true;
  }
  return false;
}

std::optional<std::uint32_t> ElasticGrowth::useful_size(const Job& job, std::uint32_t below) {
  auto size = job.size_below(below);
  while (const auto less = size ? job.size_below(*size) : std::nullopt) {
    if (job.elastic->speedup_ppm(*size) > job.elastic->speedup_ppm(*less)) break;
    size = less;
  }
  return size;
}

std::optional<Allocation> ElasticGrowth::grown(const ListedJob& gang, const FreeDevices& free,
                                               const Placement& placement) const {
  const DeviceTypeId type = surroundings_.cluster.node(gang.allocation.nodes.front().node).type;
  const std::uint32_t holds = devices_of(gang.allocation);
  bool has_quota = false;
  for (const Tenant& account : surroundings_.tenants.path(gang.job.tenant)) {
    has_quota |= account.quota.has_value();
  }
  const std::uint32_t most = has_quota ? gang.job.demand.devices : gang.job.elastic->most;
  const std::uint32_t reach = std::min(most, holds + free.count(type));
  if (reach <= holds) return std::nullopt;
  const Elastic& elastic = *gang.job.elastic;
  for (auto size = useful_size(gang.job, reach + 1); size > holds;
       size = elastic.size_below(*size)) {
    if (elastic.speedup_ppm(*size) <= elastic.speedup_ppm(holds)) continue;
    Demand more = gang.job.demand_on(*size - holds);
    more.types = DeviceTypes{1} << type.value;
    const auto gained = placement.place(more, free);
    if (!gained) continue;
    Allocation all = together(gang.allocation, *gained, surroundings_.cluster);
    if (gang.job.demand.one_node && all.nodes.size() > 1) continue;
    return all;
  }
  return std::nullopt;
}

ElasticGrowth::Resizes ElasticGrowth::grow(const Preemption::View& view,
                                           const Placement& placement) const {
  Resizes resizes;
  std::optional<FreeDevices> left;  // Once somebody grows.
  const auto free = [&]() -> const FreeDevices& { return left ? *left : view.free; };
  for (std::uint32_t type = 0; type < surroundings_.cluster.types().size(); ++type) {
    if (free().count(DeviceTypeId{type}) == 0) continue;
    for (const ListedJob* gang : in_order(view, DeviceTypeId{type})) {
      if (view.now - gang->since < pause_) continue;
      auto allocation = grown(*gang, free(), placement);
      if (!allocation) continue;
      const Allocation gained = difference(*allocation, gang->allocation, surroundings_.cluster);
      if (!left) left = view.free;
      left->take(held_demand(gang->job, gained), gained);
      resizes.emplace_back(gang->job.id, *std::move(allocation));
    }
  }
  return resizes;
}

}  // namespace tandem

#include "policies/preemption/preemption.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "policies/core/allocation.h"
#include "policies/preemption/coming_free.h"

namespace tandem {
namespace {

void keep_earliest(std::optional<Time>& earliest, Time time, Time now) {
  if (time > now && time != kForever && (!earliest || time < *earliest)) earliest = time;
}

}  // namespace

Reservation room_to_come(const Preemption::View& view, const Demand& head, DeviceTypeId type) {
  Reservation room(head, type, view.free);
  for (const JobId id : view.jobs.holding()) {
    const ListedJob& gang = view.jobs.at(id);
    if (gang.where == ListedJob::Where::kStopping) {
      room.give_back(held_demand(gang.job, gang.allocation), gang.allocation);
    } else if (gang.where == ListedJob::Where::kResizing) {
      const Allocation lost = difference(gang.allocation, gang.next, view.free.cluster());
      if (!lost.devices.empty()) room.give_back(held_demand(gang.job, lost), lost);
    }
  }
  return room;
}

Preemption::Preemption(const Surroundings& surroundings, const Settings& settings)
    : surroundings_(surroundings), settings_(settings), held_(surroundings.tenants) {}

void Preemption::held(TenantId tenant, std::int64_t thousandths) {
  untils_.clear();
  if (thousandths > 0) {
    held_.take(tenant, static_cast<std::uint64_t>(thousandths));
  } else {
    held_.give_back(tenant, static_cast<std::uint64_t>(-thousandths));
  }
}

bool Preemption::reclaims(TenantId tenant, TenantId other, std::uint64_t more) const {
  for (const Tenant& account : surroundings_.tenants.path(tenant)) {
    if (surroundings_.tenants.is_on_path(account.id, other)) return false;
    const bool below = account.guaranteed && held_.held(account.id) + more <=
                                                 std::uint64_t{*account.guaranteed} * kWholeDevice;
    if (below) return true;
  }
  return false;
}

bool Preemption::borrows(TenantId tenant, TenantId other, std::uint64_t less,
                         const QuotaLedger& held) const {
  for (const Tenant& account : surroundings_.tenants.path(tenant)) {
    if (surroundings_.tenants.is_on_path(account.id, other)) break;
    const std::uint64_t guaranteed = std::uint64_t{account.guaranteed.value_or(0)} * kWholeDevice;
    if (held.held(account.id) < guaranteed + less) return false;
  }
  return tenant != other;
}

bool Preemption::is_due(const View& view, const ListedJob& gang) const {
  using Where = ListedJob::Where;
  if (!gang.job.preemptible || gang.spared) return false;
  if (gang.where != Where::kRunning && gang.where != Where::kStarting) return false;
  const bool has_run =
      gang.where == Where::kRunning && view.now - gang.since >= settings_.min_runtime;
  return has_run || settings_.min_runtime == Duration::zero();
}

bool Preemption::may_stop(const View& view, const Contender& head, const Contender& gang) const {
  switch (settings_.by) {
    case By::kOrder: return view.order.may_replace(head, gang, view.now);
    case By::kPriority: return gang.claim.priority < head.claim.priority;
    case By::kQuota: return true;  // Depends on who else stops: asked as they are chosen.
  }
  return false;
}

std::vector<Preemption::Candidate> Preemption::candidates(const View& view, const ListedJob& head,
                                                          DeviceTypeId type) {
  const Claim waiting = view.jobs.claim(head, view.now);
  const Contender contender{waiting, view.order.rank(waiting, view.now)};
  std::vector<Candidate> found;
  for (std::size_t i = 0; i < view.jobs.holding().size(); ++i) {
    const JobId id = view.jobs.holding()[i];
    const ListedJob& gang = view.jobs.at(id);
    const NodeId node = gang.allocation.nodes.front().node;
    if (surroundings_.cluster.node(node).type != type || !is_due(view, gang)) continue;
    const Claim claim = view.jobs.claim(gang, view.now);
    const Standing standing = view.order.standing(claim, view.now);
    untils_[i] = standing.until;
    const Rank rank = standing.key + view.order.offset(standing.lane, view.now);
    if (may_stop(view, contender, {claim, rank})) found.push_back({id, rank, gang.since});
  }
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return std::tuple(a.rank, a.since, a.job) > std::tuple(b.rank, b.since, b.job);
  });
  return found;
}

std::optional<std::vector<JobId>> Preemption::choose(const View& view, const ListedJob& head,
                                                     std::uint64_t wants, Reservation& room) {
  QuotaLedger held = held_;
  std::vector<JobId> chosen;
  for (const Candidate& candidate : candidates(view, head, room.type())) {
    if (room.holder_fits()) break;
    const ListedJob& gang = view.jobs.at(candidate.job);
    const Demand holds = held_demand(gang.job, gang.allocation);
    const std::uint64_t thousandths = holds.device_thousandths();
    if (settings_.by == By::kQuota) {
      const bool may = reclaims(head.job.tenant, gang.job.tenant, wants) &&
                       borrows(gang.job.tenant, head.job.tenant, thousandths, held);
      if (!may) continue;
      held.give_back(gang.job.tenant, thousandths);
    }
    room.give_back(holds, gang.allocation);
    chosen.push_back(candidate.job);
  }
  if (!room.holder_fits()) return std::nullopt;
  // Of those chosen on the way, spare whoever is not needed in the end, the foremost first.
  for (std::size_t i = chosen.size(); i-- > 0;) {
    const ListedJob& gang = view.jobs.at(chosen[i]);
    const Demand holds = held_demand(gang.job, gang.allocation);
    room.take(holds, gang.allocation);
    if (room.holder_fits()) {
      chosen.erase(chosen.begin() + static_cast<std::ptrdiff_t>(i));
    } else {
      room.give_back(holds, gang.allocation);
    }
  }
  return chosen;
}

Preemption::Decision Preemption::decide(const View& view, const ListedJob& head,
                                        const Demand& demand) {
  untils_.assign(view.jobs.holding().size(), std::nullopt);
  const std::uint64_t wants = demand.device_thousandths();
  const bool may = settings_.by != By::kQuota || wants > 0;
  std::optional<std::vector<JobId>> fewest;
  for (std::uint32_t type = 0; type < surroundings_.cluster.types().size(); ++type) {
    if (demand.devices > 0 && !demand.accepts({type})) continue;
    Reservation room = room_to_come(view, demand, DeviceTypeId{type});
    if (room.holder_fits()) return {true, {}};
    if (!may) continue;
    auto victims = choose(view, head, wants, room);
    if (victims && (!fewest || victims->size() < fewest->size())) fewest = std::move(victims);
  }
  if (!fewest) return {};
  return {true, *std::move(fewest)};
}

std::string Preemption::why(const Job& head) const {
  switch (settings_.by) {
    case By::kOrder: return fmt::format("job {} goes before it", head.name);
    case By::kPriority: return fmt::format("job {} has priority {}", head.name, head.priority);
    case By::kQuota:
      return fmt::format("{} takes back its guarantee for job {}",
                         surroundings_.tenants.at(head.tenant).name, head.name);
  }
  return {};
}

std::optional<Time> Preemption::next_change(const View& view) {
  std::optional<Time> earliest;
  for (std::size_t i = 0; i < view.jobs.holding().size(); ++i) {
    const ListedJob& gang = view.jobs.at(view.jobs.holding()[i]);
    if (gang.where != ListedJob::Where::kRunning || !gang.job.preemptible) continue;
    keep_earliest(earliest, later(gang.since, settings_.min_runtime), view.now);
    if (settings_.by != By::kOrder) continue;
    const bool known = i < untils_.size() && untils_[i];
    const Time until =
        known ? *untils_[i] : view.order.standing(view.jobs.claim(gang, view.now), view.now).until;
    keep_earliest(earliest, until, view.now);
  }
  untils_.clear();
  if (settings_.by != By::kOrder) return earliest;
  if (const auto epoch = view.order.next_epoch(view.now)) keep_earliest(earliest, *epoch, view.now);
  return earliest;
}

}  // namespace tandem

#include "policies/backfill/places.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "policies/core/allocation.h"

namespace tandem {
namespace {

/// What an estimate of zero counts as.
constexpr Duration kShortest{1};

}  // namespace

Place place_now(Time now, DeviceTypeId type, std::uint32_t devices, Duration estimate) {
  return {type, now, later(now, std::max(estimate, kShortest)), devices};
}

Future::Future(const Cluster& cluster) : profiles_(cluster.types().size()) {
  for (std::uint32_t type = 0; type < profiles_.size(); ++type) {
    profiles_[type].add_always(cluster.device_count(DeviceTypeId{type}));
  }
}

std::optional<Place> Future::earliest(Time now, DeviceTypes types, std::uint32_t devices,
                                      Duration estimate) const {
  std::optional<Place> earliest;
  for (std::uint32_t type = 0; type < profiles_.size(); ++type) {
    if ((types >> type & 1) == 0) continue;
    Place place = place_now(now, DeviceTypeId{type}, devices, estimate);
    const Duration length = place.end - place.start;
    place.start = profiles_[type].earliest(now, length, devices);
    if (place.start == kForever || (earliest && place.start >= earliest->start)) continue;
    place.end = later(place.start, length);
    earliest = place;
  }
  return earliest;
}

bool Future::may_move(Time now, DeviceTypes types, const Place& place) const {
  for (std::uint32_t type = 0; type < profiles_.size(); ++type) {
    const bool moves =
        (types >> type & 1) != 0 &&
        profiles_[type].may_begin_before(place.start, now, place.end - place.start, place.devices);
    if (moves) return true;
  }
  return false;
}

bool Future::any_free(Time time) const {
  return std::any_of(profiles_.begin(), profiles_.end(),
                     [time](const Profile& profile) { return profile.at(time) > 0; });
}

void Future::forget_before(Time now) {
  for (Profile& profile : profiles_) profile.forget_before(now);
}

Places::Places(const Cluster& cluster)
    : cluster_(cluster),
      up_(cluster.nodes().size(), true),
      gangs_only_(cluster),
      with_places_(cluster) {}

void Places::add_until(Time end, DeviceTypeId type, std::int64_t devices) {
  gangs_only_.of(type).add_until(end, devices);
  with_places_.of(type).add_until(end, devices);
}

void Places::running(const Job& job, const Allocation& allocation, Time estimated_end) {
  if (!has_place(job.demand)) return;
  // No shorter than its place was, or room would come free without anything having ended.
  estimated_end = std::max(estimated_end, later(now_, kShortest));
  Gang* gang = gangs_.find(job.id);
  if (gang == nullptr) {
    const DeviceTypeId type = cluster_.node(allocation.nodes.front().node).type;
    release(job.id);  // It may have started without being asked for: gangs were stopped for it.
    gang = &gangs_.emplace(job.id, Gang{type, held_demand(job, allocation).devices, Time::min()});
  } else {
    delayed_ = delayed_ || estimated_end > gang->end;
  }
  add_until(gang->end, gang->type, gang->devices);
  add_until(estimated_end, gang->type, -std::int64_t{gang->devices});
  gang->end = estimated_end;
}

void Places::ended(JobId job) {
  const Gang* gang = gangs_.find(job);
  if (gang == nullptr) return;
  add_until(gang->end, gang->type, gang->devices);
  freed_until_ = std::max(freed_until_, gang->end);
  gangs_.erase(job);
}

Places::News Places::come_to(Time now, const FreeDevices& free) {
  News news{freed_until_ > now, std::exchange(delayed_, false), false};
  now_ = now;
  freed_until_ = now;
  gangs_only_.forget_before(now);
  with_places_.forget_before(now);
  for (const Node& node : cluster_.nodes()) {
    const bool up = free.is_up(node.id);
    if (up == up_[node.id.value]) continue;
    up_[node.id.value] = up;
    for (Future* future : {&gangs_only_, &with_places_}) {
      future->of(node.type).add_always(std::int64_t{node.device_count} * (up ? 1 : -1));
    }
    (up ? news.gained : news.nodes_lost) = true;
    usable_.clear();
  }
  return news;
}

DeviceTypes Places::usable(const Demand& demand) {
  if (demand.counts_devices_only()) return demand.types;
  const auto [known, is_new] = usable_.try_emplace(demand, DeviceTypes{0});
  if (!is_new) return known->second;
  std::vector<std::uint64_t> ranks(cluster_.types().size());
  for (const Node& node : cluster_.nodes()) {
    if (!up_[node.id.value] || !demand.accepts(node.type)) continue;
    const Room empty{node.device_count, node.cpus, node.memory};
    std::uint64_t& most = ranks[node.type.value];
    most = demand.one_node ? std::max<std::uint64_t>(most, empty.ranks(demand))
                           : most + empty.ranks(demand);
    if (most >= demand.devices) known->second |= DeviceTypes{1} << node.type.value;
  }
  return known->second;
}

std::optional<Place> Places::earliest_in(const Future& future, const Demand& demand,
                                         Duration estimate) {
  if (!has_place(demand)) return std::nullopt;
  return future.earliest(now_, usable(demand), demand.devices, estimate);
}

void Places::hold(JobId job, const Place& place) {
  held_.emplace(job, place);
  starts_.emplace(place.start, job);
  with_places_.take(place);
}

void Places::release(JobId job) {
  const Place* place = held_.find(job);
  if (place == nullptr) return;
  with_places_.give_back(*place);
  starts_.erase({place->start, job});
  held_.erase(job);
}

void Places::release_all() {
  for (const auto& [start, job] : starts_) held_.erase(job);
  starts_.clear();
  with_places_ = gangs_only_;
}

void Places::append_all(std::vector<JobId>& jobs) const {
  for (const auto& [start, job] : starts_) jobs.push_back(job);
}

void Places::append_due(std::vector<JobId>& jobs) const {
  for (auto next = starts_.begin(); next != starts_.end() && next->first <= now_; ++next) {
    jobs.push_back(next->second);
  }
}

std::optional<Time> Places::next_start() const {
  const auto next = starts_.upper_bound({now_, JobId{~std::uint32_t{0}}});
  return next == starts_.end() ? std::nullopt : std::optional(next->first);
}

void PlaceBackfill::waits(const Job& job) {
  if (!has_place(job.demand)) without_place_[job.demand].insert(job.id);
}

void PlaceBackfill::waits_no_more(const Job& job) {
  places_.release(job.id);
  if (has_place(job.demand)) return;
  const auto alike = without_place_.find(job.demand);
  alike->second.erase(job.id);
  if (alike->second.empty()) without_place_.erase(alike);
}

void PlaceBackfill::append_without_place(const Filling& filling, std::vector<JobId>& jobs) const {
  for (const auto& [demand, alike] : without_place_) {
    if (filling.free().fits(demand)) jobs.insert(jobs.end(), alike.begin(), alike.end());
  }
}

bool PlaceBackfill::start_if_due(Filling& filling, JobId job) {
  Demand demand = filling.job(job).demand;
  if (has_place(demand)) {
    const Place* place = places_.find(job);
    if (place == nullptr || place->start > filling.now()) return false;
    demand.types = DeviceTypes{1} << place->type.value;
  }
  const auto allocation = filling.placement().place(demand, filling.free());
  if (!allocation) return false;
  std::string reason = why(filling, job);
  places_.release(job);
  filling.start_at(job, *allocation, std::move(reason));
  return true;
}

std::string PlaceBackfill::why(const Filling& filling, JobId job) const {
  const JobId head = filling.queue().first();
  if (job == head) return filling.why_first(job);
  const Place* ahead = places_.find(head);
  if (ahead == nullptr) {
    return fmt::format("backfilled: nothing running makes room for job {}", filling.job(head).name);
  }
  return fmt::format("backfilled: its place is now, that of job {} at {} s", filling.job(head).name,
                     to_seconds(ahead->start));
}

}  // namespace tandem

#include "policies/backfill/slack.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tandem {
namespace {

/// A job for which others could not make room.
struct Refusal {
  Demand demand;
  Duration estimate;

  bool settles(const Demand& other, Duration other_estimate) const {
    return other.types == demand.types && other.devices >= demand.devices &&
           other_estimate >= estimate;
  }
};

}  // namespace

Time Slack::latest(const Filling& filling, JobId job, const Place& place) const {
  const double slack = slack_ * static_cast<double>(filling.estimate(job).count());
  if (slack >= static_cast<double>(Duration::max().count())) return kForever;
  return later(place.start, Duration{static_cast<Duration::rep>(slack)});
}

void Slack::fill(Filling& filling, JobId) {
  keep_places(filling);
  std::vector<Refusal> refused;
  for (const JobId job : std::vector<JobId>(waiting_)) {
    if (!filling.queue().contains(job)) continue;
    const Demand& demand = filling.job(job).demand;
    const Duration estimate = filling.estimate(job);
    const bool hopeless = std::ranges::any_of(
        refused, [&](const Refusal& refusal) { return refusal.settles(demand, estimate); });
    if (hopeless || !has_place(demand)) continue;
    const auto type = filling.free().type_with_room(demand);
    if (!type) continue;
    if (make_room(filling, job, *type)) {
      std::erase_if(waiting_, [&](JobId due) { return start_if_due(filling, due); });
    } else {
      refused.push_back({demand, estimate});
    }
  }
  wake_for_next(filling);
}

bool Slack::make_room(const Filling& filling, JobId job, DeviceTypeId type) {
  const Place run =
      place_now(filling.now(), type, filling.job(job).demand.devices, filling.estimate(job));
  Future future = places_.gangs_only();
  future.take(run);
  std::vector<std::pair<JobId, Place>> moved{{job, run}};
  for (const JobId other : waiting_) {
    const Place* old = places_.find(other);
    if (old == nullptr || other == job) continue;
    auto place = places_.earliest_in(future, filling.job(other).demand, filling.estimate(other));
    if (!place || place->start > old->latest) return false;
    place->latest = old->latest;
    future.take(*place);
    moved.emplace_back(other, *place);
  }
  places_.release_all(waiting_);
  for (const auto& [waiting, place] : moved) places_.hold(waiting, place);
  return true;
}

}  // namespace tandem

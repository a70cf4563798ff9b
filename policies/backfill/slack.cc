#include "policies/backfill/slack.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace tandem {
namespace {

/// The jobs for which others could not make room.
class Refusals {
 public:
  void add(const Demand& demand, Duration estimate) { refusals_.push_back({demand, estimate}); }
  /// The longest estimate that is not hopeless with this demand.
  Duration limit(const Demand& demand) const {
    Duration limit = Duration::max();
    for (const auto& [refused, estimate] : refusals_) {
      const bool settles = demand.types == refused.types && demand.devices >= refused.devices;
      if (settles) limit = std::min(limit, estimate - Duration{1});
    }
    return limit;
  }

 private:
  std::vector<std::pair<Demand, Duration>> refusals_;
};

}  // namespace

Time Slack::latest(const Filling& filling, JobId job, const Place& place) const {
  const double slack = slack_ * static_cast<double>(filling.estimate(job).count());
  if (slack >= static_cast<double>(Duration::max().count())) return kForever;
  return later(place.start, Duration{static_cast<Duration::rep>(slack)});
}

void Slack::fill(Filling& filling, JobId) {
  QueueWalk hopeful(filling.queue());
  keep_places(filling);
  std::vector<JobId> placed;
  places_.append_all(placed);
  filling.queue().put_in_order(placed);
  Refusals refused;
  const auto limit = [&](std::uint32_t shape) {
    const Demand& demand = filling.queue().demand(shape);
    const bool fits = has_place(demand) && filling.free().type_with_room(demand);
    return fits ? refused.limit(demand) : Duration::min();
  };
  while (const auto job = hopeful.next(limit)) {
    const Demand& demand = filling.job(*job).demand;
    const DeviceTypeId type = *filling.free().type_with_room(demand);
    if (!make_room(filling, placed, *job, type)) refused.add(demand, filling.estimate(*job));
  }
  end_fill(filling);
}

bool Slack::make_room(Filling& filling, const std::vector<JobId>& placed, JobId job,
                      DeviceTypeId type) {
  const Place run =
      place_now(filling.now(), type, filling.job(job).demand.devices, filling.estimate(job));
  Future future = places_.gangs_only();
  future.take(run);
  std::vector<std::pair<JobId, Place>> moved{{job, run}};
  for (const JobId other : placed) {
    const Place* old = places_.find(other);
    if (other == job || old == nullptr) continue;  // It may have started by now.
    auto place = places_.earliest_in(future, filling.job(other).demand, filling.estimate(other));
    if (!place || place->start > old->latest) return false;
    place->latest = old->latest;
    future.take(*place);
    moved.emplace_back(other, *place);
  }
  places_.release_all();
  for (const auto& [waiting, place] : moved) hold(waiting, place);
  for (const auto& [waiting, place] : moved) {
    if (place.start <= filling.now()) start_if_due(filling, waiting);
  }
  return true;
}

}  // namespace tandem

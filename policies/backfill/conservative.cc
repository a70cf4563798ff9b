#include "policies/backfill/conservative.h"

#include <algorithm>
#include <optional>

namespace tandem {
namespace {

/// Its time has come, but it could not start.
bool overdue(const Place& place, Time now) { return place.start < now; }

/// The place, moved along to `now` if its time has passed.
Place kept_at(Place place, Time now) {
  if (!overdue(place, now)) return place;
  place.end = later(place.end, now - place.start);
  place.start = now;
  return place;
}

}  // namespace

void ConservativeRebuild::keep(const std::vector<JobId>& order, bool all_changed, Time now) {
  std::size_t kept = 0;
  const std::size_t most = all_changed ? 0 : std::min(planned_.size(), order.size());
  while (kept < most && planned_[kept] == order[kept]) {
    const Place* place = places_.find(planned_[kept]);
    if (place != nullptr && overdue(*place, now)) break;
    ++kept;
  }
  if (kept == 0) {
    places_.release_all(planned_);
    planned_.clear();
  }
  while (planned_.size() > kept) {
    places_.release(planned_.back());
    planned_.pop_back();
  }
}

void ConservativeRebuild::fill(Filling& filling, JobId) {
  const Places::News news = places_.come_to(filling.now(), filling.free());
  const std::vector<JobId> order = filling.queue().in_order();
  keep(order, news.gained || news.delayed || news.nodes_lost, filling.now());
  std::size_t next = 0;
  for (; next < order.size(); ++next) {
    const JobId job = order[next];
    if (next == planned_.size()) {
      if (!places_.any_free_now()) break;
      const auto place = places_.earliest(filling.job(job).demand, filling.estimate(job));
      if (place) places_.hold(job, *place);
      planned_.push_back(job);
    }
    start_if_due(filling, job);
  }
  for (; next < order.size(); ++next) {
    if (!has_place(filling.job(order[next]).demand)) start_if_due(filling, order[next]);
  }
  std::erase_if(planned_, [&](JobId job) { return !filling.queue().contains(job); });
}

void ConservativeShift::fill(Filling& filling, JobId) {
  keep_places(filling);
  wake_for_next(filling);
}

void ConservativeShift::keep_places(Filling& filling) {
  const Places::News news = places_.come_to(filling.now(), filling.free());
  const bool room_gained = drop_departed(filling.queue()) || news.gained;
  if (news.nodes_lost) places_.release_all(waiting_);
  waiting_ = filling.queue().in_order();
  std::erase_if(waiting_, [&](JobId job) {
    settle(filling, job, room_gained);
    return start_if_due(filling, job);
  });
}

bool ConservativeShift::drop_departed(const Queue& queue) {
  bool someone_left = false;
  for (const JobId job : waiting_) {
    if (queue.contains(job)) continue;
    places_.release(job);
    someone_left = true;
  }
  return someone_left;
}

void ConservativeShift::settle(const Filling& filling, JobId job, bool room_gained) {
  const Place* known = places_.find(job);
  const std::optional<Place> old = known == nullptr ? std::nullopt : std::optional(*known);
  if (old && !room_gained && !overdue(*old, filling.now())) return;
  places_.release(job);
  auto place = places_.earliest(filling.job(job).demand, filling.estimate(job));
  if (old) {
    const Place kept = kept_at(*old, filling.now());
    if (!place || place->start >= kept.start) place = kept;
    place->latest = kept.latest;
  } else if (place) {
    place->latest = latest(filling, job, *place);
  }
  if (place) places_.hold(job, *place);
}

void ConservativeShift::wake_for_next(Filling& filling) const {
  for (const JobId job : waiting_) {
    const Place* place = places_.find(job);
    if (place != nullptr && place->start > filling.now()) filling.wake_at(place->start);
  }
}

}  // namespace tandem

#include "policies/backfill/conservative.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

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

void ConservativeRebuild::waits(const Job& job) {
  PlaceBackfill::waits(job);
  came_.push_back(job.id);
}

void ConservativeRebuild::waits_no_more(const Job& job) {
  PlaceBackfill::waits_no_more(job);
  const Queue::Position* planned = positions_.find(job.id);
  if (planned == nullptr) return;
  if (!fills_) touch(*planned);
  planned_.erase(*planned);
  positions_.erase(job.id);
}

void ConservativeRebuild::touch(const Queue::Position& position) {
  if (!touched_ || position < *touched_) touched_ = position;
}

void ConservativeRebuild::touch_overdue(Time now) {
  std::vector<JobId> due;
  places_.append_due(due);
  for (const JobId job : due) {
    if (overdue(*places_.find(job), now)) touch(positions_.at(job));
  }
}

void ConservativeRebuild::touch_moved(const Queue& queue) {
  for (const JobId job : came_) {
    if (!queue.contains(job)) continue;
    const Queue::Position* planned = positions_.find(job);
    const Queue::Position position = queue.position(job);
    if (planned != nullptr && *planned == position) continue;
    if (planned != nullptr) touch(*planned);
    touch(position);
  }
}

void ConservativeRebuild::forget_touched() {
  const auto first = touched_ ? planned_.lower_bound(*touched_) : planned_.end();
  if (first == planned_.begin()) places_.release_all();
  for (auto position = first; position != planned_.end(); ++position) {
    places_.release(std::get<JobId>(*position));
    positions_.erase(std::get<JobId>(*position));
  }
  planned_.erase(first, planned_.end());
}

void ConservativeRebuild::compare_orders(const Queue& queue) {
  QueueWalk walk(queue);
  bool same = true;
  for (const Queue::Position& old : std::exchange(planned_, {})) {
    const JobId job = std::get<JobId>(old);
    same = same && (!touched_ || old < *touched_) && walk.next() == job;
    if (same) {
      positions_.at(job) = walk.position();
      planned_.insert(planned_.end(), walk.position());
    } else {
      places_.release(job);
      positions_.erase(job);
    }
  }
}

void ConservativeRebuild::keep_plan(const Queue& queue, bool all_changed, Time now) {
  touch_overdue(now);
  if (all_changed) {
    if (!planned_.empty()) touch(*planned_.begin());
    forget_touched();
  } else if (queue.version() != version_) {
    compare_orders(queue);
  } else {
    touch_moved(queue);
    forget_touched();
  }
  touched_.reset();
  came_.clear();
  version_ = queue.version();
}

void ConservativeRebuild::fill(Filling& filling, JobId) {
  const Places::News news = places_.come_to(filling.now(), filling.free());
  const Queue& queue = filling.queue();
  keep_plan(queue, news.gained || news.delayed || news.nodes_lost, filling.now());
  fills_ = true;
  std::optional<Queue::Position> last;
  if (!planned_.empty()) last = *planned_.rbegin();
  std::vector<JobId> without_place;
  append_without_place(filling, without_place);
  queue.put_in_order(without_place);
  std::vector<JobId> due;
  places_.append_due(due);
  std::ranges::copy_if(without_place, std::back_inserter(due),
                       [&](JobId job) { return last && queue.position(job) <= *last; });
  queue.put_in_order(due);
  QueueWalk walk(queue, last);
  for (const JobId job : due) start_if_due(filling, job);
  plan_rest(filling, walk);
  for (const JobId job : without_place) {
    if (queue.contains(job)) start_if_due(filling, job);
  }
  fills_ = false;
}

void ConservativeRebuild::plan_rest(Filling& filling, QueueWalk& walk) {
  while (places_.any_free_now()) {
    const auto job = walk.next();
    if (!job) return;
    const auto place = places_.earliest(filling.job(*job).demand, filling.estimate(*job));
    if (place) places_.hold(*job, *place);
    planned_.insert(planned_.end(), walk.position());
    positions_.emplace(*job, walk.position());
    start_if_due(filling, *job);
  }
}

void ConservativeShift::waits(const Job& job) {
  PlaceBackfill::waits(job);
  came_.push_back(job.id);
  left_.erase(job.id);
  if (has_place(job.demand) && places_.find(job.id) == nullptr) unplaced_.insert(job.id);
}

void ConservativeShift::waits_no_more(const Job& job) {
  PlaceBackfill::waits_no_more(job);
  unplaced_.erase(job.id);
  if (known_.contains(job.id)) left_.insert(job.id);
}

void ConservativeShift::fill(Filling& filling, JobId) {
  keep_places(filling);
  end_fill(filling);
}

void ConservativeShift::keep_places(Filling& filling) {
  const Places::News news = places_.come_to(filling.now(), filling.free());
  const bool room_gained = news.gained || !left_.empty();
  if (news.nodes_lost) places_.release_all();
  const bool is_limited = depth_ < filling.queue().size();
  std::vector<JobId> jobs;
  if (!is_limited && (room_gained || news.nodes_lost)) {
    jobs = filling.queue().in_order();
  } else {
    if (!is_limited) jobs.assign(unplaced_.begin(), unplaced_.end());
    room_gained ? places_.append_all(jobs) : places_.append_due(jobs);
    append_without_place(filling, jobs);
    filling.queue().put_in_order(jobs);
  }
  for (const JobId job : jobs) {
    settle(filling, job, room_gained);
    start_if_due(filling, job);
  }
  if (is_limited) give_places(filling);
}

void ConservativeShift::give_places(Filling& filling) {
  QueueWalk front(filling.queue());
  for (std::size_t i = 0; i < depth_ && places_.size() < depth_; ++i) {
    const auto job = front.next();
    if (!job) return;
    if (!has_place(filling.job(*job).demand) || places_.find(*job) != nullptr) continue;
    settle(filling, *job, false);
    start_if_due(filling, *job);
  }
}

void ConservativeShift::settle(const Filling& filling, JobId job, bool room_gained) {
  const Place* known = places_.find(job);
  const std::optional<Place> old = known == nullptr ? std::nullopt : std::optional(*known);
  const Demand& demand = filling.job(job).demand;
  const bool stays =
      old && !overdue(*old, filling.now()) && (!room_gained || !places_.may_move(demand, *old));
  if (stays) return;
  places_.release(job);
  auto place = places_.earliest(demand, filling.estimate(job));
  if (old) {
    const Place kept = kept_at(*old, filling.now());
    if (!place || place->start >= kept.start) place = kept;
    place->latest = kept.latest;
  } else if (place) {
    place->latest = latest(filling, job, *place);
  }
  if (place) {
    hold(job, *place);
  } else if (has_place(demand)) {
    unplaced_.insert(job);
  }
}

void ConservativeShift::hold(JobId job, const Place& place) {
  places_.hold(job, place);
  unplaced_.erase(job);
}

void ConservativeShift::end_fill(Filling& filling) {
  for (const JobId job : left_) known_.erase(job);
  left_.clear();
  for (const JobId job : came_) {
    if (filling.queue().contains(job)) known_.insert(job);
  }
  came_.clear();
  if (const auto next = places_.next_start()) filling.wake_at(*next);
}

}  // namespace tandem

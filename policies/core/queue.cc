#include "policies/core/queue.h"

#include <algorithm>
#include <tuple>

#include "policies/core/check.h"
#include "policies/core/resort.h"

namespace tandem {

std::uint32_t Shapes::of(const Demand& demand) {
  const auto [at, is_new] =
      numbers_.try_emplace(demand, static_cast<std::uint32_t>(demands_.size()));
  if (is_new) demands_.push_back(&at->first);
  return at->second;
}

void Queue::insert(const Claim& claim, Duration estimate, const Demand& demand, bool ahead,
                   Time now) {
  const std::uint32_t set = apart_ == Apart::kShapes    ? shapes_.of(demand)
                            : apart_ == Apart::kTenants ? claim.tenant.value
                                                        : 0;
  enter(claim, estimate, set, ahead, now);
}

void Queue::enter(const Claim& claim, Duration estimate, std::uint32_t set, bool ahead, Time now) {
  Standing standing;
  std::uint32_t lane = kReturning;
  if (!ahead) {
    standing = order_.standing(claim, now);
    lane = standing.lane + 1;
  }
  const JobId job{claim.id};
  const Ranked ranked{standing.key, claim.submitted, job, estimate};
  Entry& entry = entries_.emplace(job, Entry{ranked, lane, set, standing.until, nullptr});
  if (standing.until != kForever) {
    entry.claim = std::make_unique<const Claim>(claim);
    endings_.emplace(standing.until, job);
  }
  enter(entry, now);
}

void Queue::erase(JobId job) {
  leave(entries_.at(job));
  entries_.erase(job);
}

void Queue::enter(const Entry& entry, Time now) {
  if (entry.lane >= lanes_.size()) lanes_.resize(entry.lane + 1);
  Lane& lane = lanes_[entry.lane];
  if (entry.set >= lane.sets.size()) lane.sets.resize(entry.set + 1);
  if (lane.sets[entry.set].empty()) lane.waiting.push_back(entry.set);
  lane.sets[entry.set].insert(pool_, entry.ranked);
  if (apart_ == Apart::kShapes) add_waiting_shape(entry.set);
  if (lane.jobs++ == 0) {
    lane.offset = offset_of(entry.lane, now);
  } else if (entry.ranked < lane.head) {
    step_out(entry.lane);
  } else {
    return;
  }
  lane.head = entry.ranked;
  line_up(entry.lane);
}

void Queue::leave(const Entry& entry) {
  Lane& lane = lanes_[entry.lane];
  const bool was_head = lane.head.job == entry.ranked.job;
  if (was_head) step_out(entry.lane);
  lane.sets[entry.set].erase(pool_, entry.ranked);
  if (lane.sets[entry.set].empty()) std::erase(lane.waiting, entry.set);
  if (apart_ == Apart::kShapes) drop_waiting_shape(entry.set);
  if (--lane.jobs > 0 && was_head) {
    lane.head = head_of(lane);
    line_up(entry.lane);
  }
}

const Ranked& Queue::head_of(const Lane& lane) const {
  const Ranked* head = nullptr;
  for (const std::uint32_t set : lane.waiting) {
    const Ranked& first = lane.sets[set].first(pool_);
    if (head == nullptr || first < *head) head = &first;
  }
  return *head;
}

void Queue::line_up(std::uint32_t lane) {
  const auto before = [this](std::uint32_t a, std::uint32_t b) { return lane_before(a, b); };
  in_order_.insert(std::lower_bound(in_order_.begin(), in_order_.end(), lane, before), lane);
}

void Queue::step_out(std::uint32_t lane) {
  const auto before = [this](std::uint32_t a, std::uint32_t b) { return lane_before(a, b); };
  const auto place = std::lower_bound(in_order_.begin(), in_order_.end(), lane, before);
  CHECK(place != in_order_.end() && *place == lane, "lane {} is out of place", lane);
  in_order_.erase(place);
}

Rank Queue::offset_of(std::uint32_t lane, Time now) const {
  // Below whatever an order says: a priority times a time in nanoseconds is 2^126 at most.
  if (lane == kReturning) return -(Rank{3} << 125);
  return order_.offset(lane - 1, now);
}

bool Queue::lane_before(std::uint32_t a, std::uint32_t b) const {
  const Rank rank_a = lanes_[a].offset + lanes_[a].head.key;
  const Rank rank_b = lanes_[b].offset + lanes_[b].head.key;
  return std::tie(rank_a, lanes_[a].head.submitted, lanes_[a].head.job) <
         std::tie(rank_b, lanes_[b].head.submitted, lanes_[b].head.job);
}

void Queue::refresh(Time now) {
  while (!endings_.empty() && endings_.top().first <= now) {
    const auto [until, job] = endings_.top();
    endings_.pop();
    Entry* found = entries_.find(job);
    if (found == nullptr || found->until != until) continue;
    const auto claim = std::move(found->claim);
    const Duration estimate = found->ranked.estimate;
    const std::uint32_t set = found->set;
    ++version_;
    erase(job);
    enter(*claim, estimate, set, false, now);
  }
  if (const std::int64_t epoch = order_.epoch(now); epoch != epoch_) {
    epoch_ = epoch;
    ++version_;
    for (const std::uint32_t lane : in_order_) lanes_[lane].offset = offset_of(lane, now);
    resort(in_order_, [this](std::uint32_t a, std::uint32_t b) { return lane_before(a, b); });
  }
}

void Queue::move_lane(std::uint32_t order_lane, Time now) {
  const std::uint32_t lane = order_lane + 1;
  if (lane >= lanes_.size() || lanes_[lane].jobs == 0) return;
  ++version_;
  step_out(lane);
  lanes_[lane].offset = offset_of(lane, now);
  line_up(lane);
}

std::optional<Time> Queue::next_ending() const {
  return endings_.empty() ? std::nullopt : std::optional(endings_.top().first);
}

JobId Queue::first() const { return lanes_[in_order_.front()].head.job; }

std::optional<JobId> Queue::first_among(std::span<const Candidate> candidates) const {
  const Ranked* best = nullptr;
  Rank best_rank = 0;
  for (const std::uint32_t index : in_order_) {
    const Lane& lane = lanes_[index];
    // No job of this lane, nor of a later one, is before its head.
    if (best != nullptr && lane.offset + lane.head.key > best_rank) break;
    for (const Candidate& candidate : candidates) {
      if (candidate.shape >= lane.sets.size()) continue;
      const Ranked* job = lane.sets[candidate.shape].first_within(pool_, candidate.limit);
      if (job == nullptr) continue;
      const Rank rank = lane.offset + job->key;
      const bool better = best == nullptr || std::tie(rank, job->submitted, job->job) <
                                                 std::tie(best_rank, best->submitted, best->job);
      if (better) {
        best = job;
        best_rank = rank;
      }
    }
  }
  return best == nullptr ? std::nullopt : std::optional(best->job);
}

std::vector<JobId> Queue::in_order() const {
  struct Waiting {
    Rank rank;
    Time submitted;
    JobId job;
  };
  std::vector<Waiting> all;
  all.reserve(size());
  for (const std::uint32_t index : in_order_) {
    const Lane& lane = lanes_[index];
    for (const RankedSet& set : lane.sets) {
      set.for_each(pool_, [&](const Ranked& item) {
        all.push_back({lane.offset + item.key, item.submitted, item.job});
      });
    }
  }
  const auto before = [](const Waiting& a, const Waiting& b) {
    return std::tie(a.rank, a.submitted, a.job) < std::tie(b.rank, b.submitted, b.job);
  };
  if (!std::is_sorted(all.begin(), all.end(), before)) std::sort(all.begin(), all.end(), before);
  std::vector<JobId> jobs(all.size());
  std::transform(all.begin(), all.end(), jobs.begin(), [](const Waiting& s) { return s.job; });
  return jobs;
}

Queue::Position Queue::position(JobId job) const {
  const Entry& entry = entries_.at(job);
  return {lanes_[entry.lane].offset + entry.ranked.key, entry.ranked.submitted, job};
}

void Queue::put_in_order(std::vector<JobId>& jobs) const {
  std::vector<Position> ranked;
  ranked.reserve(jobs.size());
  for (const JobId job : jobs) ranked.push_back(position(job));
  std::sort(ranked.begin(), ranked.end());
  std::ranges::transform(ranked, jobs.begin(), [](const auto& r) { return std::get<JobId>(r); });
}

std::vector<JobId> Queue::heads() const {
  std::vector<std::tuple<Rank, Time, JobId>> heads;
  for (const std::uint32_t lane : in_order_) {
    for (const std::uint32_t set : lanes_[lane].waiting) {
      const Ranked& first = lanes_[lane].sets[set].first(pool_);
      heads.emplace_back(lanes_[lane].offset + first.key, first.submitted, first.job);
    }
  }
  // Where each tenant has a lane of its own, they are in order already.
  if (!std::is_sorted(heads.begin(), heads.end())) std::sort(heads.begin(), heads.end());
  std::vector<JobId> jobs;
  jobs.reserve(heads.size());
  for (const auto& head : heads) jobs.push_back(std::get<JobId>(head));
  return jobs;
}

void Queue::add_waiting_shape(std::uint32_t shape) {
  if (shape >= waiting_by_shape_.size()) {
    waiting_by_shape_.resize(shape + 1);
    place_of_shape_.resize(shape + 1);
  }
  if (waiting_by_shape_[shape]++ == 0) {
    place_of_shape_[shape] = static_cast<std::uint32_t>(waiting_shapes_.size());
    waiting_shapes_.push_back(shape);
  }
}

void Queue::drop_waiting_shape(std::uint32_t shape) {
  if (--waiting_by_shape_[shape] > 0) return;
  const std::uint32_t place = place_of_shape_[shape];
  waiting_shapes_[place] = waiting_shapes_.back();
  place_of_shape_[waiting_shapes_[place]] = place;
  waiting_shapes_.pop_back();
}

}  // namespace tandem

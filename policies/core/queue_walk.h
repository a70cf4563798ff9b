// The waiting jobs one at a time, for whoever may stop long before the last.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "policies/core/queue.h"

namespace tandem {

/// Goes through a queue in the order of the moment at which the walk was made. Meanwhile jobs may
/// leave, which are passed over, and lanes may move, which is not seen; nobody may enter. Costs
/// O(h) in the lanes and sets h that have jobs to begin with, O(log n) a job.
class QueueWalk {
 public:
  /// Behind `start` or, without it, from the first. The queue outlives the walk.
  explicit QueueWalk(const Queue& queue, const std::optional<Queue::Position>& start = {});

  /// The next job; nothing after the last.
  std::optional<JobId> next() {
    return next([](std::uint32_t) { return Duration::max(); });
  }
  /// The next whose estimate is at most `limit(set)`, the set being its shape where the queue keeps
  /// shapes apart. From one call to the next a limit may only fall: who was passed over is not
  /// looked at again.
  template <class Limit>
  std::optional<JobId> next(Limit limit);
  /// Of the job that came last, when the walk was made.
  const Queue::Position& position() const { return position_; }

 private:
  /// The next of one set, and some that follow: never none.
  struct Head {
    std::vector<Ranked> jobs;
    Rank offset = 0;  ///< Of the lane when the walk was made.
    std::uint32_t lane = 0;
    std::uint32_t set = 0;
    std::size_t next = 0;   ///< In `jobs`.
    std::size_t count = 1;  ///< How many were asked for last.

    Queue::Position position() const {
      return {offset + jobs[next].key, jobs[next].submitted, jobs[next].job};
    }
    /// For a heap with the first job on top.
    friend bool operator<(const Head& a, const Head& b) { return a.position() > b.position(); }
  };
  static constexpr std::size_t kMostAhead = 32;

  bool go_on(Head& head, Duration limit) const;

  const Queue* queue_;
  std::vector<Head> heads_;
  Queue::Position position_;
};

inline QueueWalk::QueueWalk(const Queue& queue, const std::optional<Queue::Position>& start)
    : queue_(&queue) {
  for (const std::uint32_t index : queue.in_order_) {
    const Queue::Lane& lane = queue.lanes_[index];
    for (const std::uint32_t number : lane.waiting) {
      const RankedSet& set = lane.sets[number];
      std::vector<Ranked> jobs;
      if (start) {
        const auto& [rank, submitted, job] = *start;
        const Ranked last{rank - lane.offset, submitted, job};
        set.append_behind(queue.pool_, last, Duration::max(), 1, jobs);
      } else {
        jobs.push_back(set.first(queue.pool_));
      }
      if (!jobs.empty()) heads_.push_back({std::move(jobs), lane.offset, index, number});
    }
  }
  std::make_heap(heads_.begin(), heads_.end());
}

inline bool QueueWalk::go_on(Head& head, Duration limit) const {
  if (++head.next < head.jobs.size()) return true;
  const Ranked last = head.jobs.back();
  head.jobs.clear();
  head.next = 0;
  head.count = std::min(2 * head.count, kMostAhead);
  const RankedSet& set = queue_->lanes_[head.lane].sets[head.set];
  set.append_behind(queue_->pool_, last, limit, head.count, head.jobs);
  return !head.jobs.empty();
}

template <class Limit>
std::optional<JobId> QueueWalk::next(Limit limit) {
  while (!heads_.empty()) {
    std::pop_heap(heads_.begin(), heads_.end());
    Head& head = heads_.back();
    const Duration estimate = head.jobs[head.next].estimate;
    const Duration most = limit(head.set);
    position_ = head.position();
    if (go_on(head, most)) {
      std::push_heap(heads_.begin(), heads_.end());
    } else {
      heads_.pop_back();
    }
    const JobId job = std::get<JobId>(position_);
    if (estimate <= most && queue_->contains(job)) return job;
  }
  return std::nullopt;
}

}  // namespace tandem

// The waiting jobs one at a time, for whoever may stop long before the last.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <tuple>
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
  /// The next of one set.
  struct Head {
    Ranked job;
    Rank offset = 0;  ///< Of the lane when the walk was made.
    std::uint32_t lane = 0;
    std::uint32_t set = 0;

    /// For a heap with the first job on top.
    friend bool operator<(const Head& a, const Head& b) {
      return std::tuple(a.offset + a.job.key, a.job.submitted, a.job.job) >
             std::tuple(b.offset + b.job.key, b.job.submitted, b.job.job);
    }
  };

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
      const Ranked* first = &set.first(queue.pool_);
      if (start) {
        const auto& [rank, submitted, job] = *start;
        const Ranked last{rank - lane.offset, submitted, job};
        first = set.first_within_after(queue.pool_, last, Duration::max());
      }
      if (first != nullptr) heads_.push_back({*first, lane.offset, index, number});
    }
  }
  std::make_heap(heads_.begin(), heads_.end());
}

template <class Limit>
std::optional<JobId> QueueWalk::next(Limit limit) {
  while (!heads_.empty()) {
    std::pop_heap(heads_.begin(), heads_.end());
    Head& head = heads_.back();
    const Ranked job = head.job;
    position_ = {head.offset + job.key, job.submitted, job.job};
    const Duration most = limit(head.set);
    const RankedSet& set = queue_->lanes_[head.lane].sets[head.set];
    if (const Ranked* following = set.first_within_after(queue_->pool_, job, most)) {
      head.job = *following;
      std::push_heap(heads_.begin(), heads_.end());
    } else {
      heads_.pop_back();
    }
    if (job.estimate <= most && queue_->contains(job.job)) return job.job;
  }
  return std::nullopt;
}

}  // namespace tandem

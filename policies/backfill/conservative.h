// Conservative backfilling: every waiting job has a place in the future, and nobody may take it.
//
// A job gets the earliest hole that those before it leave (Mu'alem & Feitelson 2001), and starts
// when the time of its place has come. The two variants differ in what happens when a gang ends
// before its time ("compression").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "policies/backfill/places.h"
#include "policies/core/queue_walk.h"

namespace tandem {

/// compression=rebuild: whenever the future changes (a gang ends early or late, a job comes before
/// others or is withdrawn, the order changes, a node goes or comes) all places are thrown away and
/// given out again in the order of the queue.
///
/// The place that a job is first given is a promise only while estimates come true: a gang that
/// ends early may let a job further ahead take what a later one had been given.
///
/// Places that the change cannot have touched are kept: those of all jobs before the first that
/// stands elsewhere in the queue now. While nothing but the end of the queue changes, nobody in it
/// is looked at but who is due. Nor are places given out behind the last that can matter: when
/// nothing is left free now, nobody further back can start, and where it would have its place is
/// forgotten at the next change anyway.
class ConservativeRebuild final : public PlaceBackfill {
 public:
  using PlaceBackfill::PlaceBackfill;

  std::string_view name() const override { return "conservative"; }
  void fill(Filling& filling, JobId head) override;
  void waits(const Job& job) override;
  void waits_no_more(const Job& job) override;

 private:
  /// Throws away what does not hold any more.
  void keep_plan(const Queue& queue, bool all_changed, Time now);
  /// Places from this position on do not hold any more.
  void touch(const Queue::Position& position);
  void touch_overdue(Time now);
  void touch_moved(const Queue& queue);
  void forget_touched();
  /// The same if jobs may have changed places by themselves: positions are taken anew.
  void compare_orders(const Queue& queue);
  /// Gives places to those behind the plan, as far as it matters, and starts whoever is due.
  void plan_rest(Filling& filling, QueueWalk& walk);

  /// The jobs at the front of the queue that have been given places, as of version_.
  std::set<Queue::Position> planned_;
  PagedMap<JobId, Queue::Position> positions_;  ///< Of these.
  std::uint64_t version_ = 0;
  std::vector<JobId> came_;  ///< Since the last fill, or stand elsewhere since then.
  std::optional<Queue::Position> touched_;
  bool fills_ = false;
};

/// compression=shift: places are kept. When a gang ends early, a job is withdrawn or a node comes,
/// each job in the order of the queue is moved to the earliest hole no later than its place; nobody
/// is ever moved later. A new job gets the earliest hole, wherever in the queue it comes.
///
/// What cannot be kept: a job whose time has come but whose devices are not free (a gang outruns
/// its estimate) waits for them, its place moving along; and when a node goes down all places are
/// given out again.
class ConservativeShift : public PlaceBackfill {
 public:
  explicit ConservativeShift(const Cluster& cluster) : ConservativeShift(cluster, kNoLimit) {}

  std::string_view name() const override { return "conservative"; }
  void fill(Filling& filling, JobId head) override;
  void waits(const Job& job) override;
  void waits_no_more(const Job& job) override;

 protected:
  static constexpr std::size_t kNoLimit = ~std::size_t{0};
  /// `depth`: new places go only to jobs among so many at the front of the queue, as long as fewer
  /// have one.
  ConservativeShift(const Cluster& cluster, std::size_t depth)
      : PlaceBackfill(cluster), depth_(depth) {}

  /// Brings all places up to date and starts whoever is due.
  void keep_places(Filling& filling);
  void hold(JobId job, const Place& place);
  /// Wakes when the next place is due: devices may be free before anything ends.
  void end_fill(Filling& filling);
  /// The latest start of a job that is given its first place there.
  virtual Time latest(const Filling& filling, JobId job, const Place& place) const {
    static_cast<void>(filling), static_cast<void>(job), static_cast<void>(place);
    return kForever;
  }

 private:
  void settle(const Filling& filling, JobId job, bool room_gained);
  /// With a limit: gives places to those at the front that have none.
  void give_places(Filling& filling);

  const std::size_t depth_;
  std::set<JobId> known_;     ///< Jobs that still waited after the last fill.
  std::vector<JobId> came_;   ///< Since then; some may have left again, or only moved in the queue.
  std::set<JobId> left_;      ///< Known ones, since then.
  std::set<JobId> unplaced_;  ///< Jobs that are to have a place and have none.
};

}  // namespace tandem

// Conservative backfilling: every waiting job has a place in the future, and nobody may take it.
//
// A job gets the earliest hole that those before it leave (Mu'alem & Feitelson 2001), and starts
// when the time of its place has come. The two variants differ in what happens when a gang ends
// before its time ("compression").
#pragma once

#include <string_view>
#include <vector>

#include "policies/backfill/places.h"

namespace tandem {

/// compression=rebuild: whenever the future changes (a gang ends early or late, a job comes before
/// others or is withdrawn, the order changes, a node goes or comes) all places are thrown away and
/// given out again in the order of the queue.
///
/// The place that a job is first given is a promise only while estimates come true: a gang that
/// ends early may let a job further ahead take what a later one had been given.
///
/// Places that the change cannot have touched are kept: those of all jobs before the first that
/// stands elsewhere in the queue now. Nor are places given out behind the last that can matter:
/// when nothing is left free now, nobody further back can start, and where it would have its place
/// is forgotten at the next change anyway.
class ConservativeRebuild final : public PlaceBackfill {
 public:
  using PlaceBackfill::PlaceBackfill;

  std::string_view name() const override { return "conservative"; }
  void fill(Filling& filling, JobId head) override;

 private:
  /// Throws away what does not hold any more.
  void keep(const std::vector<JobId>& order, bool all_changed, Time now);

  std::vector<JobId> planned_;  ///< In the order of the queue, those at its front.
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
  using PlaceBackfill::PlaceBackfill;

  std::string_view name() const override { return "conservative"; }
  void fill(Filling& filling, JobId head) override;

 protected:
  /// Brings all places up to date and starts whoever is due.
  void keep_places(Filling& filling);
  /// Wakes when the next place is due: devices may be free before anything ends.
  void wake_for_next(Filling& filling) const;
  /// The latest start of a job that is given its first place there.
  virtual Time latest(const Filling& filling, JobId job, const Place& place) const {
    static_cast<void>(filling), static_cast<void>(job), static_cast<void>(place);
    return kForever;
  }

  std::vector<JobId> waiting_;  ///< As of the last fill, in order.

 private:
  bool drop_departed(const Queue& queue);
  void settle(const Filling& filling, JobId job, bool room_gained);
};

}  // namespace tandem

// Slack-based backfilling: the first of the queue have a place in the future, and some patience
// beyond it.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "policies/backfill/conservative.h"

namespace tandem {

/// After Talby & Feitelson 1999, whose slack also follows priority and load, and who search for the
/// cheapest schedule. Here the slack is `slack` times the estimate, and the search is this: a job
/// is given the earliest hole as its place when it comes, and the promise to start no later than
/// the start of that place plus its slack. Places shift as in conservative:compression=shift. Then
/// each job in order that fits now but has its place later may start all the same, if all others
/// can be given places again behind it, in the order of the queue, each the earliest hole, and no
/// promise is broken. Once a job has been refused, none as wide and as long or more is tried at
/// that decision.
///
/// Only the first `depth` jobs of the queue are given places, and with them promises; all others
/// may start early like these. Without such a limit, as Slurm has one in bf_max_job_test, a long
/// queue would cost its length at every attempt to start a job early.
///
/// When a node goes down, places and promises are given out again.
class Slack final : public ConservativeShift {
 public:
  /// `slack`: in estimates of the job, 0 or more. `depth`: 1 or more.
  Slack(const Cluster& cluster, double slack, std::size_t depth)
      : ConservativeShift(cluster, depth), slack_(slack) {}

  std::string_view name() const override { return "slack"; }
  Queue::Apart looks_for() const override { return Queue::Apart::kShapes; }
  void fill(Filling& filling, JobId head) override;

 private:
  Time latest(const Filling& filling, JobId job, const Place& place) const override;
  /// Gives a job the place that begins now, on the type, and moves the others that have places, in
  /// the order of the queue, behind it, if all promises can still be kept. Then whoever is due
  /// starts.
  bool make_room(Filling& filling, const std::vector<JobId>& placed, JobId job, DeviceTypeId type);

  const double slack_;
};

}  // namespace tandem

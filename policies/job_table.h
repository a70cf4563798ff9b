// What a list policy knows of every job that has not ended: where it is, and how far it has come.
#pragma once

#include <span>
#include <vector>

#include "policies/core/order.h"
#include "policies/core/paged_map.h"
#include "policies/core/policy.h"

namespace tandem {

struct ListedJob {
  enum class Where { kGate, kQueue, kStarting, kRunning, kResizing, kStopping };

  Job job;
  Where where = Where::kGate;
  bool returning = false;  ///< Lost a node; waits ahead of gangs that never started.
  bool spared = false;     ///< Lost work when it was last stopped for another: not stopped again.
  Duration progress{};     ///< Work done until `counted`.
  Time counted;            ///< When it last began to compute, or told of its progress.
  Duration computed{};     ///< Time since then, once it computes no more but holds its devices.
  Time since;              ///< When it began to wait, to start, to compute, to be resized, to stop.
  Duration waited{};       ///< Before it last started.
  Allocation allocation;   ///< While it holds devices.
  Allocation next;         ///< While it is being resized: what it will hold.
  Rate rate;               ///< On the allocation.
  std::size_t place = 0;   ///< In JobTable::holding(), while it holds devices.

  bool waits() const { return where == Where::kGate || where == Where::kQueue; }
  Duration done(Time now) const {
    return progress + rate.work_in(where == Where::kRunning ? now - counted : computed);
  }
  /// Work left by the estimate.
  Duration left(Time now) const { return std::max(job.estimate - done(now), Duration::zero()); }
};

class JobTable {
 public:
  /// `oracle`: claims tell true sizes. The surroundings outlive the table.
  JobTable(const Surroundings& surroundings, bool oracle)
      : surroundings_(surroundings), oracle_(oracle) {}

  ListedJob& add(const Job& job, Time now);
  ListedJob& at(JobId job) { return jobs_.at(job); }
  const ListedJob& at(JobId job) const { return jobs_.at(job); }
  void erase(JobId job) { jobs_.erase(job); }
  /// Jobs on devices, in no particular order but always the same.
  std::span<const JobId> holding() const { return holding_; }

  void begin(ListedJob& job, Allocation allocation, Time now);
  /// The gang computes from now on, on what it holds or, resized, on what it was to hold.
  void run(ListedJob& job, Time now);
  /// The gang has done so much work, whatever its rate says.
  void progressed(ListedJob& job, Duration work, Time now);
  /// The gang computes no more: it is to stop, or to be resized, which saves what it has done.
  void stop(ListedJob& job, Time now);
  void resize(ListedJob& job, Allocation next, Time now);
  /// It holds nothing any more, and what it computed in the last `lost` does not count.
  void end(ListedJob& job, Duration lost, Time now);

  Claim claim(const ListedJob& job, Time now) const;
  /// How long a job that waits should run at most, by its estimate: on the slowest type it accepts.
  Duration longest_run(const ListedJob& job, Time now) const;
  /// When a gang that holds devices should be done, by its estimate.
  Time estimated_end(const ListedJob& job, Time now) const;

 private:
  void settle_rate(ListedJob& job) const;

  Surroundings surroundings_;
  bool oracle_;
  PagedMap<JobId, ListedJob> jobs_;
  std::vector<JobId> holding_;
};

}  // namespace tandem

// The control plane as a deterministic state machine.
//
// It applies events to the state of jobs and devices, asks the policy, checks every action against
// its own account of who holds what, and tells the recorder. Two runs with equal steps make equal
// decisions, byte for byte.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/feasibility.h"
#include "policies/core/free_devices.h"
#include "policies/core/job_counts.h"
#include "policies/core/paged_map.h"
#include "policies/core/plan.h"
#include "policies/core/policy.h"
#include "policies/core/recorder.h"
#include "policies/core/step.h"

namespace tandem {

class Scheduler {
 public:
  /// `header` says what is run; its cluster and tenants are the ones scheduled. `recorder` may be
  /// null; it is not owned.
  Scheduler(RunHeader header, std::unique_ptr<Policy> policy, Recorder* recorder);
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// Takes in all that happened at one instant, later than the last or equal to it, and answers
  /// what to do. The answer holds until the next call. Throws RuleBroken if the policy breaks one.
  const std::vector<Action>& step(Step& step);
  /// When it wants to be called even if nothing happens.
  std::optional<Time> wake_time() const { return wake_; }

  const JobCounts& counts() const { return counts_; }
  /// Whether some node is down, so that waiting jobs may be waiting for it.
  bool node_is_down() const { return nodes_down_ > 0; }
  const Policy& policy() const { return *policy_; }
  /// The smallest and largest base priority that occurred; both 0 before the first job.
  std::int64_t lowest_priority() const { return lowest_priority_; }
  std::int64_t highest_priority() const { return highest_priority_; }

 private:
  enum class Phase : std::uint8_t { kQueued, kStarting, kRunning, kStopping };
  struct Record {
    Job job;
    Phase phase = Phase::kQueued;
    Time started;  ///< When its gang last began to compute, while it holds devices.
    Allocation allocation;
  };

  void handle(Event& event);
  void on(Submitted& event);
  void on(const Started& event);
  void on(const Finished& event);
  void on(const Failed& event);
  void on(const Stopped& event);
  void on(const Cancelled& event);
  void on(const NodeDown& event);
  void on(const NodeUp& event);
  void on(const PriorityChanged& event);

  void ask_policy();
  void commit(const Start& start);
  void commit(const Preempt& preempt);
  void commit(const Reject& reject);

  void release(Record& record);
  void forget(JobId job, std::uint64_t& counter);
  Record& known(JobId job, const char* event);

  RunHeader header_;
  std::unique_ptr<Policy> policy_;
  Recorder* recorder_;
  Time now_{};
  std::optional<Time> wake_;
  bool events_pending_ = false;  ///< The policy has not been asked since the last event.
  FreeDevices free_;
  Feasibility feasibility_;
  PagedMap<JobId, Record> jobs_;
  /// The second account, independent of free_: the job that holds each device.
  std::vector<std::optional<JobId>> holder_;
  std::vector<std::uint32_t> held_by_tenant_;
  std::uint32_t nodes_down_ = 0;
  std::uint32_t next_job_ = 0;
  JobCounts counts_;
  std::int64_t lowest_priority_ = 0;
  std::int64_t highest_priority_ = 0;
  std::vector<Action> actions_;
};

}  // namespace tandem

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

#include "policies/core/admission.h"
#include "policies/core/feasibility.h"
#include "policies/core/free_devices.h"
#include "policies/core/id_ranges.h"
#include "policies/core/job_counts.h"
#include "policies/core/paged_map.h"
#include "policies/core/plan.h"
#include "policies/core/policy.h"
#include "policies/core/quota_ledger.h"
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
  enum class Phase : std::uint8_t { kHeld, kQueued, kStarting, kRunning, kResizing, kStopping };
  struct Record {
    Job job;
    Phase phase = Phase::kQueued;
    Time started;  ///< When its gang last began to compute, while it holds devices.
    Allocation allocation;
    Allocation next;  ///< While it is being resized, and until it stops: what it was to have.
    std::vector<std::uint32_t> share_ppm;  ///< Of a fluid job; it has no allocation.
  };

  /// Whether it is a tenant's order for a job that ended, or was turned away, in this very step:
  /// who gave it could not know. It is as if it had never been given.
  bool comes_too_late(const Event& event) const;
  void handle(Event& event);
  // Each says whether the policy may see the event.
  bool on(Submitted& event);
  bool on(const Started& event);
  bool on(const Progressed& event);
  bool on(const Finished& event);
  bool on(const Failed& event);
  bool on(const Resized& event);
  bool on(const Stopped& event);
  bool on(const Cancelled& event);
  bool on(const NodeDown& event);
  bool on(const NodeUp& event);
  bool on(const PriorityChanged& event);
  /// Rejects a job that was never let in.
  void turn_away(JobId job, std::string reason);
  /// Admits or rejects held jobs as follows from the jobs that ended.
  void settle();

  void ask_policy();
  void commit(const Start& start);
  void commit(const Preempt& preempt);
  void commit(const Reject& reject);
  void commit(const Resize& resize);
  void commit(const Share& share);
  void commit(const Hold&) {}
  void commit(const Admit&) {}

  void check_fluid() const;

  /// Notes who holds the devices, and checks the quota.
  void hold(const Job& job, const Allocation& gained);
  void let_go(const Job& job, const Allocation& lost);
  void release(Record& record);
  /// Ends a job; what follows for held ones is settled later.
  void forget(JobId job, std::uint64_t JobCounts::*counter);
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
  Admission admission_;
  std::vector<Admission::Consequence> consequences_;
  /// The second account, independent of free_: who holds each device, and how much of it.
  struct Holder {
    std::uint32_t thousandths = 0;
    JobId last;  ///< Who took of it last.
  };
  std::vector<Holder> holder_;
  QuotaLedger held_;
  std::vector<std::uint64_t> shared_out_ppm_;  ///< By device type, of fluid jobs.
  std::uint32_t nodes_down_ = 0;
  IdRanges submitted_;
  JobCounts counts_;
  std::int64_t lowest_priority_ = 0;
  std::int64_t highest_priority_ = 0;
  std::vector<Action> actions_;
  std::vector<JobId> gone_;  ///< Ended or turned away in this step.
};

}  // namespace tandem

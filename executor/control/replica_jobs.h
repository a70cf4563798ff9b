// The replicas of services as jobs of a real run: submitted when the front wishes for one, ended
// when it lets go, and what becomes of them told to the front.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "executor/control/real_gangs.h"
#include "executor/control/real_jobs.h"
#include "executor/front/replica_events.h"

namespace tandem {

class ReplicaJobs {
 public:
  /// `specs` by ServiceId: what a replica serves. `dismiss` asks the front to close. All must
  /// outlive it.
  ReplicaJobs(const Scenario& scenario, std::vector<ServingSpec> specs, RealJobs& jobs,
              Mailbox<ReplicaWish>& wishes, Mailbox<ReplicaEvent>& events,
              std::function<void()> dismiss);

  /// What the front wishes: jobs to be submitted are added to `events`, and to `withdrawn` those
  /// that wait for devices in vain.
  void collect(Time now, RealGangs& gangs, std::vector<Event>& events,
               std::vector<JobId>& withdrawn);
  /// A gang was given devices, under this generation.
  void placed(JobId job, std::uint32_t generation);
  /// Of any job; `gangs` know how it broke.
  void note(const Event& event, const RealGangs& gangs);
  void rejected(JobId job, const std::string& reason) { gone(job, true, reason); }

  /// Whether there may be wishes yet. The front closes it, from its own thread.
  bool is_open() const { return is_open_; }
  void close() { is_open_ = false; }
  /// The controller is about to leave: answers may end, and then the front closes it.
  void dismiss() const { dismiss_(); }

 private:
  Job job_of(ReplicaPlace replica, Time now);
  void gone(JobId job, bool has_failed, std::string how);

  const Scenario& scenario_;
  const std::vector<ServingSpec> specs_;
  RealJobs& jobs_;
  Mailbox<ReplicaWish>& wishes_;
  Mailbox<ReplicaEvent>& events_;
  const std::function<void()> dismiss_;
  std::map<JobId, ReplicaPlace> replicas_;
  std::map<ReplicaPlace, JobId> active_;
  std::atomic<bool> is_open_ = true;
};

}  // namespace tandem

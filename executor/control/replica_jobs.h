// The replicas of services as jobs of a real run: submitted when the front wishes for one, ended
// when it lets go, and what becomes of them told to the front.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <vector>

#include "executor/control/real_gangs.h"
#include "executor/control/real_jobs.h"
#include "executor/front/replica_events.h"

namespace tandem {

class ReplicaJobs {
 public:
  /// By ServiceId: what a replica serves. All must outlive it.
  ReplicaJobs(const Scenario& scenario, std::vector<ServingSpec> specs, RealJobs& jobs,
              Mailbox<ReplicaWish>& wishes, Mailbox<ReplicaEvent>& events);

  /// What the front wishes: jobs to be submitted are added to `events`, and to `withdrawn` those
  /// that wait for devices in vain.
  void collect(Time now, RealGangs& gangs, std::vector<Event>& events,
               std::vector<JobId>& withdrawn);
  /// A gang was given devices, under this generation.
  void placed(JobId job, std::uint32_t generation);
  /// Of any job.
  void note(const Event& event);
  void rejected(JobId job) { gone(job, true); }

  /// Whether there may be wishes yet. The front closes it, from its own thread.
  bool is_open() const { return is_open_; }
  void close() { is_open_ = false; }

 private:
  Job job_of(ReplicaPlace replica, Time now);
  void gone(JobId job, bool has_failed);

  const Scenario& scenario_;
  const std::vector<ServingSpec> specs_;
  RealJobs& jobs_;
  Mailbox<ReplicaWish>& wishes_;
  Mailbox<ReplicaEvent>& events_;
  std::map<JobId, ReplicaPlace> replicas_;
  std::map<ReplicaPlace, JobId> active_;
  std::atomic<bool> is_open_ = true;
};

}  // namespace tandem

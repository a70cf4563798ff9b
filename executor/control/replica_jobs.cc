#include "executor/control/replica_jobs.h"

#include <fmt/format.h>

#include "workloads/replica_job.h"

namespace tandem {

ReplicaJobs::ReplicaJobs(const Scenario& scenario, std::vector<ServingSpec> specs, RealJobs& jobs,
                         Mailbox<ReplicaWish>& wishes, Mailbox<ReplicaEvent>& events,
                         std::function<void()> dismiss)
    : scenario_(scenario),
      specs_(std::move(specs)),
      jobs_(jobs),
      wishes_(wishes),
      events_(events),
      dismiss_(std::move(dismiss)) {}

Job ReplicaJobs::job_of(ReplicaPlace replica, Time now) {
  const ServiceSettings& service = scenario_.services[replica.service.value];
  const JobId id = jobs_.new_id();
  // A name is of one job for ever; its id is what tells replicas apart.
  return replica_job(service, service.pool, id, fmt::format("{}/{}", service.name, id.value), now);
}

void ReplicaJobs::collect(Time now, RealGangs& gangs, std::vector<Event>& events,
                          std::vector<JobId>& withdrawn) {
  for (const ReplicaWish& wish : wishes_.take()) {
    const auto active = active_.find(wish.replica);
    switch (wish.kind) {
      case ReplicaWish::Kind::kSubmit: {
        Job job = job_of(wish.replica, now);
        active_[wish.replica] = job.id;
        replicas_[job.id] = wish.replica;
        jobs_.add_replica(job, specs_[wish.replica.service.value]);
        events.emplace_back(Submitted{std::move(job), {}, {}});
        break;
      }
      case ReplicaWish::Kind::kFinish:
        if (active != active_.end()) gangs.finish(active->second, now);
        break;
      case ReplicaWish::Kind::kWithdraw:
        if (active != active_.end()) withdrawn.push_back(active->second);
        break;
      case ReplicaWish::Kind::kBreak:
        if (active == active_.end()) break;
        gangs.break_up(active->second, wish.generation, wish.cause, now, events);
        break;
    }
  }
}

void ReplicaJobs::placed(JobId job, std::uint32_t generation) {
  const auto found = replicas_.find(job);
  if (found == replicas_.end()) return;
  events_.put({ReplicaEvent::Kind::kPlaced, found->second, job, generation});
}

void ReplicaJobs::note(const Event& event, const RealGangs& gangs) {
  if (const auto* stopped = std::get_if<Stopped>(&event)) {
    const auto found = replicas_.find(stopped->job);
    if (found == replicas_.end()) return;
    const bool broke = stopped->cause != StopCause::kPreempted;
    events_.put({ReplicaEvent::Kind::kStopped, found->second, stopped->job, 0, broke,
                 broke ? gangs.last_trouble(stopped->job) : "others need its devices"});
  } else if (const auto* finished = std::get_if<Finished>(&event)) {
    gone(finished->job, false, {});
  } else if (const auto* failed = std::get_if<Failed>(&event)) {
    gone(failed->job, true, gangs.last_trouble(failed->job));
  } else if (const auto* cancelled = std::get_if<Cancelled>(&event)) {
    gone(cancelled->job, false, "it was withdrawn");
  }
}

void ReplicaJobs::gone(JobId job, bool has_failed, std::string how) {
  const auto found = replicas_.find(job);
  if (found == replicas_.end()) return;
  events_.put({ReplicaEvent::Kind::kGone, found->second, job, 0, has_failed, std::move(how)});
  active_.erase(found->second);
  replicas_.erase(found);
}

}  // namespace tandem

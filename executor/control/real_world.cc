#include "executor/control/real_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <zmq.hpp>

#include "policies/core/allocation.h"
#include "policies/core/error.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;

constexpr Duration kLongestWait = 250ms;
/// Of jobs that have ended so many are remembered for `ps`.
constexpr std::size_t kEndedRemembered = 1000;

/// The job of an event that is about one.
template <class E>
constexpr bool kIsOfJob = requires(const E& event) {
  event.job.value;
};

}  // namespace

RealWorld::RealWorld(const Parts& parts, RealGangs::Settings gangs, bool stays)
    : parts_(parts), gangs_(parts.workers, gangs), stays_(stays) {}

std::optional<Step> RealWorld::next(std::optional<Time> deadline) {
  parts_.journal.sync();
  while (true) {
    const Time now = parts_.clock.now();
    collect(now);
    if (!events_.empty() || (deadline && *deadline <= now)) {
      for (const Event& event : events_) note(event, now);
      return Step{now, std::exchange(events_, {})};
    }
    if (is_over(deadline)) return std::nullopt;
    if (parts_.leave > 0) {
      leave();
      return std::nullopt;
    }
    wait(now, deadline);
  }
}

void RealWorld::collect(Time now) {
  parts_.jobs.take_due(now, events_);
  change_jobs(now);
  if (parts_.replicas != nullptr) parts_.replicas->collect(now, gangs_, events_, withdrawn_);
  for (const JobId job : std::exchange(withdrawn_, {})) {
    if (!parts_.jobs.is_active(job)) continue;
    // A job that comes in this very step is withdrawn in it, too.
    if (gangs_.contains(job)) {
      gangs_.cancel(job, now);
    } else {
      events_.emplace_back(Cancelled{job});
    }
  }
  gangs_.attend(parts_.workers.attend(), now, events_);
}

void RealWorld::change_jobs(Time now) {
  const auto& changes = parts_.scenario.changes;
  for (; next_change_ < changes.size() && changes[next_change_].at <= now; ++next_change_) {
    const JobChange& change = changes[next_change_];
    const auto job = parts_.jobs.find(change.job);
    if (!job) continue;
    if (change.priority) {
      events_.emplace_back(PriorityChanged{*job, *change.priority});
    } else {
      withdrawn_.push_back(*job);
    }
  }
}

bool RealWorld::is_over(std::optional<Time> deadline) const {
  if (stays_ || !gangs_.empty()) return false;
  if (parts_.replicas != nullptr && parts_.replicas->is_open()) return false;
  if (parts_.jobs.none_left()) return true;
  // Jobs wait, and nothing that can happen will start them.
  return !deadline && !parts_.jobs.next_arrival() && next_change_ == parts_.scenario.changes.size();
}

void RealWorld::wait(Time now, std::optional<Time> deadline) {
  Time until = now + kLongestWait;
  if (deadline) until = std::min(until, *deadline);
  if (const auto arrival = parts_.jobs.next_arrival()) until = std::min(until, *arrival);
  if (next_change_ < parts_.scenario.changes.size()) {
    until = std::min(until, parts_.scenario.changes[next_change_].at);
  }
  std::vector<zmq_pollitem_t> items;
  parts_.workers.add_to(items);
  for (const Bystander* bystander : bystanders_) bystander->add_to(items);
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(until - now);
  // A signal ends the wait; whoever set it off is looked for in the loop.
  zmq_poll(items.data(), static_cast<int>(items.size()),
           std::max<long>(0, static_cast<long>(milliseconds.count())));
  for (Bystander* bystander : bystanders_) bystander->attend();
}

void RealWorld::leave() {
  was_left_ = true;
  gangs_.drain(RealGangs::Which::kLearning, parts_.clock.now());
  if (parts_.replicas != nullptr) {
    parts_.replicas->dismiss();
    while (parts_.replicas->is_open() && parts_.leave == 1) attend_leaving();
  }
  gangs_.drain(RealGangs::Which::kAll, parts_.clock.now());
  while (!gangs_.empty() && parts_.leave == 1) attend_leaving();
}

void RealWorld::attend_leaving() {
  const Time now = parts_.clock.now();
  std::vector<Event> events;  // The next controller finds out by itself.
  gangs_.attend(parts_.workers.attend(), now, events);
  for (const Event& event : events) {
    // While users wait for answers, the front is told.
    if (parts_.replicas != nullptr && parts_.replicas->is_open()) {
      parts_.replicas->note(event, gangs_);
    }
  }
  wait(now, std::nullopt);
}

void RealWorld::apply(const Action& action) {
  parts_.journal.sync();
  note(action);
  const Time now = parts_.clock.now();
  if (const auto* start = std::get_if<Start>(&action)) {
    const std::uint32_t generation = parts_.jobs.next_generation(start->job);
    gangs_.start(start->job, generation, start->allocation,
                 parts_.jobs.task(start->job, start->allocation.devices.size()), now);
    if (parts_.replicas != nullptr) parts_.replicas->placed(start->job, generation);
  } else if (const auto* preempt = std::get_if<Preempt>(&action)) {
    gangs_.preempt(preempt->job, now);
  } else if (const auto* resize = std::get_if<Resize>(&action)) {
    const std::size_t devices = resize->allocation.devices.size();
    gangs_.resize(resize->job, parts_.jobs.next_generation(resize->job), resize->allocation,
                  parts_.jobs.task(resize->job, devices).spec, now);
  } else if (const auto* reject = std::get_if<Reject>(&action)) {
    if (parts_.replicas != nullptr) parts_.replicas->rejected(reject->job, reject->reason);
    ended(reject->job, "rejected: " + reject->reason, now);
  } else if (std::holds_alternative<Share>(action)) {
    throw RuleBroken("real-devices", "shares of time are an ideal that no cluster can pour");
  }
}

void RealWorld::cancel(const std::string& name) {
  const auto job = parts_.jobs.find(name);
  if (!job) {
    std::vector<std::string> names;
    for (const auto& [id, status] : statuses_) {
      if (status.state != JobState::kEnded) names.push_back(status.job.name);
    }
    throw InputError(fmt::format("no job {} waits or runs{}", name, suggestion(name, names)));
  }
  parts_.store.cancel(*job);
  withdrawn_.push_back(*job);
}

void RealWorld::recall(const Step& step, const std::vector<Action>& actions) {
  for (const Event& event : step.events) {
    if (const auto* submitted = std::get_if<Submitted>(&event)) {
      if (!parts_.jobs.recall(submitted->job)) orphans_.insert(submitted->job.id);
    } else if (const auto* started = std::get_if<Started>(&event)) {
      inherited_.at(started->job).was_running = true;
    } else if (const auto* resized = std::get_if<Resized>(&event)) {
      inherited_.at(resized->job).allocation =
          allocation_of(statuses_.at(resized->job).devices, parts_.scenario.cluster);
    } else if (std::holds_alternative<Stopped>(event) || std::holds_alternative<Finished>(event) ||
               std::holds_alternative<Failed>(event) || std::holds_alternative<Cancelled>(event)) {
      std::visit(
          [this](const auto& e) {
            if constexpr (kIsOfJob<std::decay_t<decltype(e)>>) inherited_.erase(e.job);
          },
          event);
    }
    note(event, step.now);
  }
  const auto& changes = parts_.scenario.changes;
  while (next_change_ < changes.size() && changes[next_change_].at <= step.now) ++next_change_;
  for (const Action& action : actions) {
    note(action);
    if (const auto* start = std::get_if<Start>(&action)) {
      inherited_[start->job] = {start->job, parts_.jobs.next_generation(start->job),
                                start->allocation, false, false};
    } else if (const auto* preempt = std::get_if<Preempt>(&action)) {
      inherited_.at(preempt->job).is_to_stop = true;
    } else if (const auto* resize = std::get_if<Resize>(&action)) {
      // Before it is Resized nobody is found there under this generation: it counts as interrupted.
      inherited_.at(resize->job).generation = parts_.jobs.next_generation(resize->job);
    } else if (const auto* reject = std::get_if<Reject>(&action)) {
      ended(reject->job, "rejected: " + reject->reason, step.now);
    }
  }
}

void RealWorld::take_over() {
  const Time now = parts_.clock.now();
  for (const auto& [job, inherited] : std::exchange(inherited_, {})) {
    gangs_.inherit(inherited, parts_.jobs.task(job, inherited.allocation.devices.size()), now);
  }
  withdrawn_ = parts_.store.cancellations();
  // Replicas whose front is gone serve nobody; the new front wishes for others.
  for (const JobId job : std::exchange(orphans_, {})) withdrawn_.push_back(job);
}

void RealWorld::note(const Event& event, Time now) {
  if (parts_.replicas != nullptr) parts_.replicas->note(event, gangs_);
  if (const auto* submitted = std::get_if<Submitted>(&event)) {
    JobStatus status;
    status.job = submitted->job;
    status.submitted = now;
    status.folder = parts_.jobs.folder(submitted->job.id);
    const TrainingSpec spec =
        parts_.jobs.task(submitted->job.id, submitted->job.demand.devices).spec;
    status.steps = spec.steps;
    status.tokens_per_step = static_cast<double>(spec.layout.batch * spec.layout.sequence);
    statuses_.insert_or_assign(submitted->job.id, std::move(status));
  } else if (const auto* started = std::get_if<Started>(&event)) {
    JobStatus& status = statuses_.at(started->job);
    if (status.state == JobState::kStarting) status.state = JobState::kRunning;
  } else if (const auto* stopped = std::get_if<Stopped>(&event)) {
    JobStatus& status = statuses_.at(stopped->job);
    status.state = JobState::kQueued;
    status.devices.clear();
    status.how = gangs_.last_trouble(stopped->job);
  } else if (const auto* finished = std::get_if<Finished>(&event)) {
    ended(finished->job, "finished", now);
  } else if (const auto* failed = std::get_if<Failed>(&event)) {
    ended(failed->job, "failed: " + gangs_.last_trouble(failed->job), now);
  } else if (const auto* cancelled = std::get_if<Cancelled>(&event)) {
    ended(cancelled->job, "cancelled", now);
  }
}

void RealWorld::note(const Action& action) {
  if (const auto* start = std::get_if<Start>(&action)) {
    JobStatus& status = statuses_.at(start->job);
    status.state = JobState::kStarting;
    status.devices = start->allocation.devices;
    status.started = parts_.clock.now();
  } else if (const auto* preempt = std::get_if<Preempt>(&action)) {
    statuses_.at(preempt->job).state = JobState::kStopping;
  } else if (const auto* resize = std::get_if<Resize>(&action)) {
    statuses_.at(resize->job).devices = resize->allocation.devices;
  }
}

void RealWorld::ended(JobId job, std::string how, Time now) {
  JobStatus& status = statuses_.at(job);
  if (status.state == JobState::kEnded) {
    status.how = std::move(how);  // It was withdrawn in the step that turned it away.
    return;
  }
  status.state = JobState::kEnded;
  status.how = std::move(how);
  status.ended = now;
  status.devices.clear();
  if (const GangFigures* figures = gangs_.figures(job)) status.figures = *figures;
  parts_.jobs.end(job);
  gangs_.forget(job);
  ended_.push_back(job);
  if (ended_.size() <= kEndedRemembered) return;
  statuses_.erase(ended_.front());
  ended_.erase(ended_.begin());
}

const std::map<JobId, RealWorld::JobStatus>& RealWorld::statuses() {
  for (auto& [job, status] : statuses_) {
    if (const GangFigures* figures = gangs_.figures(job)) status.figures = *figures;
  }
  return statuses_;
}

}  // namespace tandem

#include "sim/simulated_world.h"

#include <algorithm>
#include <utility>

#include "policies/core/check.h"

namespace tandem {
namespace {

void keep_earliest(std::optional<Time>& earliest, std::optional<Time> other) {
  if (other && (!earliest || *other < *earliest)) earliest = other;
}

/// Replicas come into being as they are wanted: their jobs are numbered behind all others.
std::uint32_t first_replica(const Scenario& scenario, const ArrivalSource& arrivals) {
  return scenario.services.empty() ? 0 : static_cast<std::uint32_t>(arrivals.count());
}

std::unique_ptr<Network> network_of(const Scenario& scenario) {
  if (scenario.network.nic_bits_per_s <= 0) return nullptr;
  return std::make_unique<Network>(scenario.cluster, scenario.network);
}

}  // namespace

SimulatedWorld::SimulatedWorld(const Scenario& scenario, std::uint64_t seed, bool oracle,
                               ServiceRecorder* requests)
    : scenario_(scenario),
      oracle_(oracle),
      arrivals_(scenario.arrivals(seed)),
      next_arrival_(arrivals_->next()),
      failures_(scenario.failures, scenario.cluster, seed),
      network_(network_of(scenario)),
      gangs_(scenario, network_.get()),
      services_(scenario, seed, first_replica(scenario, *arrivals_), network_.get(), requests) {
  for (const JobChange& change : scenario.changes) named_.emplace(change.job, std::nullopt);
}

std::optional<Time> SimulatedWorld::next_time(std::optional<Time> deadline) {
  if (!reported_.empty()) return now_;
  const bool jobs_left = next_arrival_ || !gangs_.empty() || services_.next_time() != kForever;
  if (!jobs_left) return std::nullopt;
  std::optional<Time> time = gangs_.next_time();
  if (network_) keep_earliest(time, network_->next_end(now_));
  if (next_arrival_) keep_earliest(time, next_arrival_->job.submitted);
  if (!unnoticed_.empty()) keep_earliest(time, unnoticed_.front().time);
  keep_earliest(time, deadline);
  if (next_change_ < scenario_.changes.size()) {
    keep_earliest(time, std::max(now_, scenario_.changes[next_change_].at));
  }
  // Failures go on for ever: alone, with every node up, they cannot let a waiting job start.
  const bool goes_on = time || services_.next_time() != kForever;
  if (goes_on || failures_.any_down()) keep_earliest(time, failures_.next_time());
  return time;
}

std::optional<Step> SimulatedWorld::next(std::optional<Time> deadline) {
  while (true) {
    const std::optional<Time> others = next_time(deadline);
    const Time time = services_.run(others.value_or(kForever));
    if (time == kForever) return std::nullopt;
    now_ = time;
    Step step{now_, std::exchange(reported_, {})};
    if (network_) end_transfers(now_, step.events);
    gangs_.advance(now_, step.events);
    change_nodes(now_, step.events);
    // A job that comes now may be turned away in this very step: changes to it wait for the next.
    const std::uint64_t arrived_before = arrived_;
    arrive(now_, step.events);
    if (arrived_ == arrived_before) change_jobs(now_, step.events);
    if (!services_.empty()) serve(now_, step.events);
    // A gang that saves itself, or a failure that nobody has noticed, is nobody's business yet.
    if (!step.events.empty() || (deadline && *deadline <= now_)) return step;
  }
}

void SimulatedWorld::end_transfers(Time now, std::vector<Event>& events) {
  for (const TransferId& ended : network_->advance(now)) {
    if (const auto* job = std::get_if<JobId>(&ended)) {
      gangs_.transferred(*job, now, events);
    } else {
      services_.handed_over(std::get<HandoverId>(ended), now);
    }
  }
}

void SimulatedWorld::serve(Time now, std::vector<Event>& events) {
  services_.hear(events, now);
  const PoolWishes wishes = services_.advance(now);
  for (const Job& job : wishes.submitted) {
    Arrival arrival;
    arrival.job = job;
    arrival.run_time = Duration::max();  // Until the service lets it go.
    arrival.input = services_.weights(job.id);
    gangs_.add(arrival);
    if (oracle_) arrival.job.oracle_run_time = job.estimate;
    events.emplace_back(Submitted{std::move(arrival.job)});
  }
  for (const JobId job : wishes.finished) gangs_.finish(job, now, events);
  for (const JobId job : wishes.withdrawn) {
    gangs_.remove(job, now);
    events.emplace_back(Cancelled{job});
  }
}

void SimulatedWorld::arrive(Time now, std::vector<Event>& events) {
  while (next_arrival_ && next_arrival_->job.submitted == now) {
    gangs_.add(*next_arrival_);
    Job& job = next_arrival_->job;
    if (const auto named = named_.find(job.name); named != named_.end()) {
      named->second = job.id;
    }
    if (oracle_) job.oracle_run_time = next_arrival_->run_time;
    events.emplace_back(
        Submitted{std::move(job), std::move(next_arrival_->after), next_arrival_->part});
    ++arrived_;
    next_arrival_ = arrivals_->next();
    CHECK(!next_arrival_ || next_arrival_->job.submitted >= now, "arrivals go back in time");
  }
}

void SimulatedWorld::change_nodes(Time now, std::vector<Event>& events) {
  while (failures_.next_time() == now) {
    NodeChange change = failures_.pop();
    if (change.up) {
      gangs_.repair(change.node);
    } else {
      gangs_.fail(change.node, now);
      services_.node_failed(change.node, now);
    }
    change.time = later(now, scenario_.failures.detection);
    unnoticed_.push_back(change);
  }
  while (!unnoticed_.empty() && unnoticed_.front().time == now) {
    notice(unnoticed_.front(), now, events);
    unnoticed_.pop_front();
  }
}

void SimulatedWorld::notice(const NodeChange& change, Time now, std::vector<Event>& events) {
  if (change.up) {
    events.emplace_back(NodeUp{change.node});
  } else {
    gangs_.stop_on(change.node, now, events);
    events.emplace_back(NodeDown{change.node});
  }
}

void SimulatedWorld::change_jobs(Time now, std::vector<Event>& events) {
  for (; next_change_ < scenario_.changes.size(); ++next_change_) {
    const JobChange& change = scenario_.changes[next_change_];
    if (change.at > now) return;
    const auto job = named_.at(change.job);
    if (!job || !gangs_.contains(*job)) {
      ++changes_missed_;
    } else if (change.priority) {
      events.emplace_back(PriorityChanged{*job, *change.priority});
    } else {
      gangs_.remove(*job, now);
      events.emplace_back(Cancelled{*job});
    }
  }
}

void SimulatedWorld::apply(const Action& action) {
  if (const auto* begin = std::get_if<Start>(&action)) {
    gangs_.start(*begin, now_);
    services_.placed(*begin);
  } else if (const auto* stop = std::get_if<Preempt>(&action)) {
    gangs_.preempt(*stop, now_);
  } else if (const auto* change = std::get_if<Resize>(&action)) {
    gangs_.resize(*change, now_);
  } else if (const auto* flow = std::get_if<Share>(&action)) {
    gangs_.share(*flow, now_, reported_);
  } else if (const auto* reject = std::get_if<Reject>(&action)) {
    if (gangs_.contains(reject->job)) {
      gangs_.remove(reject->job, now_);
    } else {
      ++changes_missed_;  // It was withdrawn in the step that turned it away.
    }
    services_.rejected(reject->job, now_);
  }
}

}  // namespace tandem

#include "sim/simulated_world.h"

#include <algorithm>
#include <utility>

#include "policies/core/check.h"

namespace tandem {
namespace {

bool reads_inputs(const NetworkSettings& network) { return network.nic_bits_per_s > 0; }

void keep_earliest(std::optional<Time>& earliest, std::optional<Time> other) {
  if (other && (!earliest || *other < *earliest)) earliest = other;
}

}  // namespace

SimulatedWorld::SimulatedWorld(const Scenario& scenario, std::uint64_t seed, bool oracle)
    : scenario_(scenario),
      oracle_(oracle),
      arrivals_(scenario.arrivals(seed)),
      next_arrival_(arrivals_->next()),
      failures_(scenario.failures, scenario.cluster.nodes().size(), seed) {
  if (reads_inputs(scenario.network)) {
    network_ = std::make_unique<Network>(scenario.cluster, scenario.network);
  }
  for (const JobChange& change : scenario.changes) named_.emplace(change.job, std::nullopt);
}

std::optional<Time> SimulatedWorld::next_time(std::optional<Time> deadline) {
  if (!reported_.empty()) return now_;
  std::optional<Time> time;
  if (next_arrival_) keep_earliest(time, next_arrival_->job.submitted);
  if (!due_.empty()) keep_earliest(time, due_.next_time());
  if (network_) keep_earliest(time, network_->next_end(now_));
  const bool jobs_left = next_arrival_ || !gangs_.empty();
  if (!jobs_left) return std::nullopt;
  keep_earliest(time, deadline);
  if (next_change_ < scenario_.changes.size()) {
    keep_earliest(time, std::max(now_, scenario_.changes[next_change_].at));
  }
  // Failures go on for ever: alone, with every node up, they cannot let a waiting job start.
  if (time || failures_.any_down()) keep_earliest(time, failures_.next_time());
  return time;
}

std::optional<Step> SimulatedWorld::next(std::optional<Time> deadline) {
  const auto time = next_time(deadline);
  if (!time) return std::nullopt;
  now_ = *time;
  Step step{now_, std::exchange(reported_, {})};
  fall_due(now_, step.events);
  change_nodes(now_, step.events);
  // A job that comes now may be turned away in this very step: changes to it wait for the next.
  const std::uint64_t arrived_before = arrived_;
  arrive(now_, step.events);
  if (arrived_ == arrived_before) change_jobs(now_, step.events);
  return step;
}

void SimulatedWorld::arrive(Time now, std::vector<Event>& events) {
  while (next_arrival_ && next_arrival_->job.submitted == now) {
    Job& job = next_arrival_->job;
    Gang& gang = gangs_.emplace(job.id);
    gang.left = next_arrival_->run_time;
    gang.input = next_arrival_->input;
    if (const auto named = named_.find(job.name); named != named_.end()) {
      named->second = job.id;
    }
    if (oracle_) job.oracle_run_time = next_arrival_->run_time;
    events.emplace_back(Submitted{std::move(job)});
    ++arrived_;
    next_arrival_ = arrivals_->next();
    CHECK(!next_arrival_ || next_arrival_->job.submitted >= now, "arrivals go back in time");
  }
}

void SimulatedWorld::fall_due(Time now, std::vector<Event>& events) {
  if (network_) {
    for (const JobId job : network_->advance(now)) {
      begin_running(job, gangs_.at(job), now, events);
    }
  }
  while (!due_.empty() && due_.next_time() == now) {
    const JobId job = due_.pop();
    Gang& gang = gangs_.at(job);
    if (gang.phase == Phase::kStarting) {
      if (network_ && gang.input.count > 0) {
        gang.phase = Phase::kReading;
        network_->begin_read(job, gang.nodes, gang.input, now);
      } else {
        begin_running(job, gang, now, events);
      }
      continue;
    }
    let_go(gang);
    gangs_.erase(job);
    events.emplace_back(Finished{job});
  }
}

void SimulatedWorld::begin_running(JobId job, Gang& gang, Time now, std::vector<Event>& events) {
  gang.phase = Phase::kRunning;
  gang.running_since = now;
  gang.next = due_.schedule(now + gang.left, job);
  events.emplace_back(Started{job});
}

Duration SimulatedWorld::interrupt(JobId job, Gang& gang, Time now, bool saved) {
  Duration lost{};
  if (gang.phase == Phase::kReading) {
    network_->cancel_read(job, now);
  } else {
    due_.cancel(gang.next);
  }
  if (gang.phase == Phase::kRunning) {
    const Duration executed = now - gang.running_since;
    const auto interval = scenario_.failures.checkpoint_interval;
    if (!saved) lost = interval ? executed % *interval : executed;
    gang.left -= executed - lost;
  }
  let_go(gang);
  return lost;
}

void SimulatedWorld::let_go(Gang& gang) {
  gang.phase = Phase::kAway;
  held_[gang.place] = held_.back();
  gangs_.at(held_[gang.place]).place = gang.place;
  held_.pop_back();
}

void SimulatedWorld::stop_gangs_on(NodeId node, Time now, std::vector<Event>& events) {
  std::vector<JobId> hit;
  for (const JobId job : held_) {
    const auto& nodes = gangs_.at(job).nodes;
    const bool on_node = std::any_of(nodes.begin(), nodes.end(),
                                     [&](const NodeShare& share) { return share.node == node; });
    if (on_node) hit.push_back(job);
  }
  for (const JobId job : hit) {
    const Duration lost = interrupt(job, gangs_.at(job), now, false);
    events.emplace_back(Stopped{job, StopCause::kNodeDown, lost});
  }
}

void SimulatedWorld::change_nodes(Time now, std::vector<Event>& events) {
  while (failures_.next_time() == now) {
    const NodeChange change = failures_.pop();
    if (change.up) {
      events.emplace_back(NodeUp{change.node});
    } else {
      stop_gangs_on(change.node, now, events);
      events.emplace_back(NodeDown{change.node});
    }
  }
}

void SimulatedWorld::change_jobs(Time now, std::vector<Event>& events) {
  for (; next_change_ < scenario_.changes.size(); ++next_change_) {
    const JobChange& change = scenario_.changes[next_change_];
    if (change.at > now) return;
    const auto job = named_.at(change.job);
    Gang* gang = job ? gangs_.find(*job) : nullptr;
    if (gang == nullptr) {
      ++changes_missed_;
    } else if (change.priority) {
      events.emplace_back(PriorityChanged{*job, *change.priority});
    } else {
      if (gang->phase != Phase::kAway) interrupt(*job, *gang, now, false);
      gangs_.erase(*job);
      events.emplace_back(Cancelled{*job});
    }
  }
}

void SimulatedWorld::start(const Start& action) {
  Gang& gang = gangs_.at(action.job);
  gang.phase = Phase::kStarting;
  gang.nodes = action.allocation.nodes;
  gang.place = held_.size();
  held_.push_back(action.job);
  gang.next = due_.schedule(now_, action.job);
}

void SimulatedWorld::apply(const Action& action) {
  if (const auto* start_action = std::get_if<Start>(&action)) {
    start(*start_action);
  } else if (const auto* preempt = std::get_if<Preempt>(&action)) {
    interrupt(preempt->job, gangs_.at(preempt->job), now_, true);
    reported_.emplace_back(Stopped{preempt->job, StopCause::kPreempted, {}});
  } else {
    gangs_.erase(std::get<Reject>(action).job);
  }
}

}  // namespace tandem

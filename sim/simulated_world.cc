#include "sim/simulated_world.h"

#include <algorithm>
#include <utility>

#include "policies/core/check.h"
#include "sim/state_transfer.h"

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
    gang.model = job.model;
    gang.devices = job.demand.devices;
    gang.elastic = job.elastic;
    gang.left = next_arrival_->run_time;
    gang.input = next_arrival_->input;
    gang.state = next_arrival_->state;
    gang.killed = next_arrival_->killed;
    if (const auto named = named_.find(job.name); named != named_.end()) {
      named->second = job.id;
    }
    if (oracle_) job.oracle_run_time = next_arrival_->run_time;
    events.emplace_back(Submitted{std::move(job), std::move(next_arrival_->after)});
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
    end_phase(job, gangs_.at(job), now, events);
  }
}

void SimulatedWorld::end_phase(JobId job, Gang& gang, Time now, std::vector<Event>& events) {
  switch (gang.phase) {
    case Phase::kStarting:
      if (!network_ || gang.input.count == 0) return begin_running(job, gang, now, events);
      gang.phase = Phase::kReading;
      return network_->begin_read(job, gang.nodes, gang.input, now);
    case Phase::kSaving:
      gang.left -= gang.rate.work_in(gang.computed);
      let_go(gang);
      events.emplace_back(Stopped{job, StopCause::kPreempted, {}});
      return;
    case Phase::kResizing:
      gang.nodes = gang.next.nodes;
      gang.rate = rate_on(gang, gang.next);
      gang.phase = Phase::kRunning;
      gang.running_since = now;
      gang.due = due_.schedule(later(now, gang.rate.time_for(gang.left)), job);
      events.emplace_back(Resized{job});
      return;
    default: end_job(job, gang, events);
  }
}

void SimulatedWorld::begin_running(JobId job, Gang& gang, Time now, std::vector<Event>& events) {
  gang.phase = Phase::kRunning;
  gang.has_started = true;
  gang.running_since = now;
  gang.due = due_.schedule(later(now, gang.rate.time_for(gang.left)), job);
  events.emplace_back(Started{job});
}

void SimulatedWorld::end_job(JobId job, Gang& gang, std::vector<Event>& events) {
  const bool killed = gang.killed;
  if (gang.phase != Phase::kFlowing) let_go(gang);
  gangs_.erase(job);
  if (killed) {
    events.emplace_back(Failed{job, FailCause::kWalltime});
  } else {
    events.emplace_back(Finished{job});
  }
}

Duration SimulatedWorld::interrupt(JobId job, Gang& gang, Time now) {
  if (gang.phase == Phase::kReading) {
    network_->cancel_read(job, now);
  } else {
    due_.cancel(gang.due);
  }
  Duration lost{};
  if (gang.phase == Phase::kRunning || gang.phase == Phase::kSaving) {
    const Duration computed =
        gang.phase == Phase::kRunning ? now - gang.running_since : gang.computed;
    const auto interval = scenario_.failures.checkpoint_interval;
    lost = interval ? computed % *interval : computed;
    gang.left -= gang.rate.work_in(computed - lost);
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
    const Duration lost = interrupt(job, gangs_.at(job), now);
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
      if (gang->phase == Phase::kFlowing) {
        due_.cancel(gang->due);
      } else if (gang->phase != Phase::kAway) {
        interrupt(*job, *gang, now);
      }
      gangs_.erase(*job);
      events.emplace_back(Cancelled{*job});
    }
  }
}

Rate SimulatedWorld::rate_on(const Gang& gang, const Allocation& allocation) const {
  const DeviceTypeId type = scenario_.cluster.node(allocation.nodes.front().node).type;
  const auto devices = static_cast<std::uint32_t>(allocation.devices.size());
  return scenario_.models.rate(gang.model, gang.elastic.get(), gang.devices, type, devices);
}

Duration SimulatedWorld::save_time(const Gang& gang) const {
  return state_transfer_time(gang.state, gang.nodes.size(), scenario_.network);
}

Duration SimulatedWorld::restart_time(const Gang& gang) const {
  return scenario_.preemption.restart + save_time(gang);
}

void SimulatedWorld::start(const Start& action) {
  Gang& gang = gangs_.at(action.job);
  gang.phase = Phase::kStarting;
  gang.nodes = action.allocation.nodes;
  gang.rate = rate_on(gang, action.allocation);
  gang.place = held_.size();
  held_.push_back(action.job);
  const Duration delay = gang.has_started ? restart_time(gang) : Duration::zero();
  gang.due = due_.schedule(later(now_, delay), action.job);
}

void SimulatedWorld::preempt(const Preempt& action) {
  Gang& gang = gangs_.at(action.job);
  if (gang.phase != Phase::kRunning || !scenario_.preemption.save) {
    const Duration lost = interrupt(action.job, gang, now_);
    reported_.emplace_back(Stopped{action.job, StopCause::kPreempted, lost});
    return;
  }
  due_.cancel(gang.due);
  gang.phase = Phase::kSaving;
  gang.computed = now_ - gang.running_since;
  gang.due = due_.schedule(later(now_, save_time(gang)), action.job);
}

void SimulatedWorld::resize(const Resize& action) {
  Gang& gang = gangs_.at(action.job);
  due_.cancel(gang.due);
  gang.left -= gang.rate.work_in(now_ - gang.running_since);
  gang.phase = Phase::kResizing;
  gang.next = action.allocation;
  const Duration pause = save_time(gang) + restart_time(gang);
  // Until then a failure of an old node or a new one stops it.
  gang.nodes.insert(gang.nodes.end(), gang.next.nodes.begin(), gang.next.nodes.end());
  gang.due = due_.schedule(later(now_, pause), action.job);
}

void SimulatedWorld::share(const Share& action) {
  Gang& gang = gangs_.at(action.job);
  if (gang.phase == Phase::kFlowing) {
    due_.cancel(gang.due);
    gang.left -= gang.rate.work_in(now_ - gang.running_since);
  } else {
    gang.phase = Phase::kFlowing;
    reported_.emplace_back(Started{action.job});
  }
  gang.running_since = now_;
  gang.rate.ppm = 0;
  for (std::uint32_t type = 0; type < action.time_ppm.size(); ++type) {
    const std::uint64_t speed = scenario_.models.speed_ppm(gang.model, DeviceTypeId{type});
    gang.rate.ppm += speed * action.time_ppm[type] / Rate::kOwnPace;
  }
  gang.due = due_.schedule(later(now_, gang.rate.time_for(gang.left)), action.job);
}

void SimulatedWorld::apply(const Action& action) {
  if (const auto* begin = std::get_if<Start>(&action)) {
    start(*begin);
  } else if (const auto* stop = std::get_if<Preempt>(&action)) {
    preempt(*stop);
  } else if (const auto* change = std::get_if<Resize>(&action)) {
    resize(*change);
  } else if (const auto* flow = std::get_if<Share>(&action)) {
    share(*flow);
  } else if (const auto* reject = std::get_if<Reject>(&action)) {
    gangs_.erase(reject->job);
  }
}

}  // namespace tandem

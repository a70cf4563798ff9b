#include "sim/gangs.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sim/checkpoint_interval.h"
#include "sim/state_transfer.h"

namespace tandem {

Gangs::Gangs(const Scenario& scenario, Network* network)
    : scenario_(scenario),
      contention_(scenario.cluster, scenario.network),
      network_(network),
      dead_(scenario.cluster.nodes().size()) {}

void Gangs::add(const Arrival& arrival) {
  Gang& gang = gangs_.emplace(arrival.job.id);
  gang.job = arrival.job.id;
  gang.model = arrival.job.model;
  gang.devices = arrival.job.demand.devices;
  gang.elastic = arrival.job.elastic;
  gang.progress = GangProgress(arrival.run_time);
  gang.plan = arrival.training;
  gang.input = arrival.input;
  gang.state = arrival.state;
  gang.killed = arrival.killed;
}

std::optional<Time> Gangs::next_time() const {
  return due_.empty() ? std::nullopt : std::optional{due_.next_time()};
}

void Gangs::transferred(JobId job, Time now, std::vector<Event>& events) {
  Gang& gang = gangs_.at(job);
  gang.is_transferring = false;
  end_phase(gang, now, events);
}

void Gangs::advance(Time now, std::vector<Event>& events) {
  while (!due_.empty() && due_.next_time() == now) {
    Gang& gang = gangs_.at(due_.pop());
    gang.due.reset();
    end_phase(gang, now, events);
  }
}

void Gangs::end_phase(Gang& gang, Time now, std::vector<Event>& events) {
  switch (gang.phase) {
    case Phase::kDelayed: return read(gang, now, events);
    case Phase::kReading: return run(gang, now, events);
    case Phase::kRunning:
      if (gang.iterations) return go_through(gang, now, events);
      if (now >= gang.progress.end()) return end(gang, now, events);
      return save(
          gang,
          std::exchange(gang.stops_after_iteration, false) ? Phase::kSaving : Phase::kCheckpointing,
          now);
    case Phase::kCheckpointing:
      gang.progress.saved();
      stop_resting(gang, now);
      return go_on(gang, now);
    case Phase::kSaving: gang.progress.saved(); return stop(gang, now);
    case Phase::kStopping: return stopped(gang, now, events);
    default: return end(gang, now, events);
  }
}

void Gangs::start(const Start& action, Time now) {
  Gang& gang = gangs_.at(action.job);
  gang.place = held_.size();
  held_.push_back(action.job);
  enter(gang, action.allocation, now);
}

void Gangs::enter(Gang& gang, const Allocation& allocation, Time now) {
  gang.nodes = allocation.nodes;
  gang.is_known_to_run = gang.is_resizing;
  gang.nominal = rate_on(gang, allocation);
  set_rate(gang, gang.nominal);
  gang.iterations.reset();
  gang.training.reset();
  if (gang.plan) set_training(gang);
  gang.interval = interval_of(gang);
  gang.phase = Phase::kDelayed;
  if (is_on_dead_node(gang)) {
    gang.phase = Phase::kHung;
    return;
  }
  const GangCosts costs = costs_of(gang);
  set_due(gang, later(now, costs.start + (gang.has_started ? costs.restart : Duration::zero())));
}

void Gangs::set_training(Gang& gang) {
  gang.training = std::make_unique<PlacedTraining>(*gang.plan, scenario_.cluster, gang.nodes);
  set_rate(gang, gang.training->pace(1));
  const Fidelity fidelity = scenario_.network.fidelity;
  const bool sends = gang.nodes.size() > 1 && gang.training->active_s() > 0;
  if (fidelity < Fidelity::kL2 || !network_ || !sends) return;
  gang.iterations.emplace(*gang.training, gang.training->iteration_work(), fidelity,
                          gang.nodes.size());
  set_rate(gang, Rate{0});  // Its work is counted when an iteration is over.
}

void Gangs::read(Gang& gang, Time now, std::vector<Event>& events) {
  Bytes amount = network_ ? gang.input : Bytes{};
  if (gang.has_started) amount.count += gang.state.count;
  if (amount.count == 0) return run(gang, now, events);
  gang.phase = Phase::kReading;
  transfer(gang, Network::Direction::kRead, amount, now);
}

void Gangs::run(Gang& gang, Time now, std::vector<Event>& events) {
  gang.has_started = gang.is_known_to_run = true;
  go_on(gang, now);
  if (std::exchange(gang.is_resizing, false)) {
    gang.leaving.clear();
    events.emplace_back(Resized{gang.job});
  } else {
    events.emplace_back(Started{gang.job});
  }
}

void Gangs::go_on(Gang& gang, Time now) {
  join_contention(gang, now);
  gang.phase = Phase::kRunning;
  gang.progress.run(now, gang.rate, saves_at_a_cost(gang) ? std::nullopt : gang.interval);
  if (gang.iterations) return begin_iteration(gang, now);
  schedule_end(gang);
}

void Gangs::begin_iteration(Gang& gang, Time now) {
  gang.iterations->begin(gang.progress.left(), now);
  send(gang, now);
}

void Gangs::send(Gang& gang, Time now) {
  const std::uint32_t cards =
      std::min(gang.training->ranks_per_node(), scenario_.network.nics_per_node);
  network_->begin_ring(gang.job, gang.iterations->ring(), gang.nodes, cards,
                       gang.iterations->transfer_s(), now);
  gang.is_transferring = true;
}

void Gangs::go_through(Gang& gang, Time now, std::vector<Event>& events) {
  if (gang.iterations->is_sending()) {
    const auto rest = gang.iterations->sent(now);
    return rest ? set_due(gang, later(now, *rest)) : send(gang, now);
  }
  gang.progress.did(gang.iterations->work(), now);
  if (gang.progress.left() <= Duration::zero()) return end(gang, now, events);
  if (std::exchange(gang.stops_after_iteration, false)) return save(gang, Phase::kSaving, now);
  const bool saves = saves_at_a_cost(gang) && gang.interval;
  if (saves && gang.progress.next_save(*gang.interval) <= now) {
    return save(gang, Phase::kCheckpointing, now);
  }
  begin_iteration(gang, now);
}

void Gangs::schedule_end(Gang& gang) {
  Time due = gang.progress.end();
  if (saves_at_a_cost(gang) && gang.interval) {
    due = std::min(due, gang.progress.next_save(*gang.interval));
  }
  set_due(gang, due);
}

void Gangs::set_rate(Gang& gang, Rate rate) {
  gang.rate = rate;
  gang.is_disturbed = gang.is_disturbed || rate != gang.nominal;
}

void Gangs::join_contention(Gang& gang, Time now) {
  const NetworkSettings& network = scenario_.network;
  if (!gang.training || network.fidelity != Fidelity::kL1 || network.oversubscription <= 1) return;
  contention_.add(gang.job, gang.nodes, *gang.training);
  set_rate(gang, gang.training->pace(contention_.share(gang.job)));
  follow_shares(now);
}

void Gangs::leave_contention(Gang& gang, Time now) {
  if (!contention_.contains(gang.job)) return;
  contention_.remove(gang.job);
  follow_shares(now);
}

void Gangs::follow_shares(Time now) {
  for (const JobId job : contention_.take_changed()) {
    Gang& gang = gangs_.at(job);
    if (gang.phase != Phase::kRunning) continue;  // It has only just joined.
    halt(gang, now);
    set_rate(gang, gang.training->pace(contention_.share(job)));
    gang.progress.change_rate(now, gang.rate);
    schedule_end(gang);
  }
}

void Gangs::save(Gang& gang, Phase phase, Time now) {
  gang.progress.pause(now);
  gang.phase = phase;
  leave_contention(gang, now);
  rest(gang, now);
  transfer(gang, Network::Direction::kWrite, gang.state, now);
}

void Gangs::end_step(Gang& gang, Time now) {
  halt(gang, now);
  gang.progress.change_rate(now, gang.rate);  // Counts up to now.
  gang.stops_after_iteration = true;
  const Duration rest = gang.progress.left() % gang.training->iteration_work();
  set_due(gang, later(now, gang.rate.time_for(rest)));
}

void Gangs::stop(Gang& gang, Time now) {
  gang.progress.pause(now);
  gang.phase = Phase::kStopping;
  leave_contention(gang, now);
  rest(gang, now);
  set_due(gang, later(now, costs_of(gang).stop));
}

void Gangs::stopped(Gang& gang, Time now, std::vector<Event>& events) {
  if (gang.is_resizing) {
    report_progress(gang, events);
    gang.leaving = std::move(gang.nodes);
    return enter(gang, std::exchange(gang.next, {}), now);
  }
  const Duration lost = interrupt(gang, now);
  report_progress(gang, events);
  events.emplace_back(Stopped{gang.job, StopCause::kPreempted, lost});
}

void Gangs::end(Gang& gang, Time now, std::vector<Event>& events) {
  const JobId job = gang.job;
  const bool killed = gang.killed;
  gang.progress.pause(now);
  gang.progress.saved();
  leave_contention(gang, now);
  report_progress(gang, events);
  if (gang.phase != Phase::kFlowing) let_go(gang);
  gangs_.erase(job);
  if (killed) {
    events.emplace_back(Failed{job, FailCause::kWalltime});
  } else {
    events.emplace_back(Finished{job});
  }
}

void Gangs::transfer(Gang& gang, Network::Direction direction, Bytes amount, Time now) {
  gang.is_transferring = network_ && amount.count > 0;
  if (gang.is_transferring) {
    return network_->begin(gang.job, direction, gang.nodes, amount, now);
  }
  set_due(gang, later(now, state_transfer_time(amount, gang.nodes.size(), scenario_.network)));
}

void Gangs::halt(Gang& gang, Time now) {
  if (std::exchange(gang.is_transferring, false)) network_->cancel(gang.job, now);
  if (const auto due = std::exchange(gang.due, std::nullopt)) due_.cancel(*due);
}

Duration Gangs::interrupt(Gang& gang, Time now) {
  halt(gang, now);
  Duration lost = gang.progress.interrupt(now);
  if (gang.is_resizing) lost = {};  // Nobody has counted what it did since it was told.
  leave_contention(gang, now);
  stop_resting(gang, now);
  let_go(gang);
  return lost;
}

void Gangs::let_go(Gang& gang) {
  gang.phase = Phase::kAway;
  gang.is_resizing = gang.stops_after_iteration = false;
  gang.next = {};
  gang.leaving.clear();
  held_[gang.place] = held_.back();
  gangs_.at(held_[gang.place]).place = gang.place;
  held_.pop_back();
}

void Gangs::rest(Gang& gang, Time now) {
  // Of a gang that is being resized the scheduler knows that it does not compute.
  if (!gang.idle_since && !gang.is_resizing) gang.idle_since = now;
}

void Gangs::stop_resting(Gang& gang, Time now) {
  if (const auto since = std::exchange(gang.idle_since, std::nullopt)) {
    gang.overhead += now - *since;
  }
}

void Gangs::report_progress(Gang& gang, std::vector<Event>& events) {
  const Duration overhead = std::exchange(gang.overhead, {});
  const bool is_disturbed = std::exchange(gang.is_disturbed, false);
  if (!gang.is_known_to_run || (overhead == Duration::zero() && !is_disturbed)) return;
  events.emplace_back(Progressed{gang.job, gang.progress.kept(), overhead});
}

bool Gangs::drain(Gang& gang, Time now) {
  if (gang.phase == Phase::kCheckpointing) {
    gang.phase = Phase::kSaving;
  } else if (gang.phase != Phase::kRunning) {
    return false;
  } else if (gang.iterations) {
    gang.stops_after_iteration = true;
  } else if (ends_steps(gang)) {
    end_step(gang, now);
  } else {
    halt(gang, now);
    save(gang, Phase::kSaving, now);
  }
  return true;
}

void Gangs::preempt(const Preempt& action, Time now) {
  Gang& gang = gangs_.at(action.job);
  if (scenario_.preemption.save && drain(gang, now)) return;
  halt(gang, now);
  stop(gang, now);
}

void Gangs::resize(const Resize& action, Time now) {
  Gang& gang = gangs_.at(action.job);
  stop_resting(gang, now);
  gang.next = action.allocation;
  if (gang.phase == Phase::kHung) return;  // Dead, and nobody has noticed.
  gang.is_resizing = true;
  drain(gang, now);
  // Counts as saved from here on, as it does for the scheduler, who is told of no more than the end
  // of a step.
  gang.progress.saved();
  gang.is_disturbed = gang.is_disturbed || gang.stops_after_iteration;
}

void Gangs::share(const Share& action, Time now, std::vector<Event>& events) {
  Gang& gang = gangs_.at(action.job);
  Rate rate{0};
  for (std::uint32_t type = 0; type < action.time_ppm.size(); ++type) {
    const std::uint64_t speed = scenario_.models.speed_ppm(gang.model, DeviceTypeId{type});
    rate.ppm += speed * action.time_ppm[type] / Rate::kOwnPace;
  }
  if (gang.phase == Phase::kFlowing) {
    halt(gang, now);
    gang.progress.change_rate(now, rate);
  } else {
    gang.phase = Phase::kFlowing;
    gang.progress.run(now, rate);
    events.emplace_back(Started{action.job});
  }
  set_due(gang, gang.progress.end());
}

void Gangs::finish(JobId job, Time now, std::vector<Event>& events) {
  Gang& gang = gangs_.at(job);
  halt(gang, now);
  end(gang, now, events);
}

void Gangs::remove(JobId job, Time now) {
  Gang& gang = gangs_.at(job);
  if (gang.phase == Phase::kFlowing) {
    halt(gang, now);
  } else if (gang.phase != Phase::kAway) {
    interrupt(gang, now);
  }
  gangs_.erase(job);
}

std::vector<JobId> Gangs::on_node(NodeId node) const {
  const auto has_node = [&](const std::vector<NodeShare>& nodes) {
    return std::ranges::any_of(nodes, [&](const NodeShare& share) { return share.node == node; });
  };
  std::vector<JobId> found;
  for (const JobId job : held_) {
    const Gang& gang = gangs_.at(job);
    if (has_node(gang.nodes) || has_node(gang.next.nodes) || has_node(gang.leaving)) {
      found.push_back(job);
    }
  }
  return found;
}

bool Gangs::is_on_dead_node(const Gang& gang) const {
  return std::ranges::any_of(gang.nodes,
                             [&](const NodeShare& share) { return dead_[share.node.value]; });
}

void Gangs::fail(NodeId node, Time now) {
  dead_[node.value] = true;
  for (const JobId job : on_node(node)) {
    Gang& gang = gangs_.at(job);
    halt(gang, now);
    if (gang.progress.computes()) rest(gang, now);
    gang.progress.pause(now);
    gang.phase = Phase::kHung;
    leave_contention(gang, now);
  }
}

void Gangs::stop_on(NodeId node, Time now, std::vector<Event>& events) {
  for (const JobId job : on_node(node)) {
    Gang& gang = gangs_.at(job);
    const Duration lost = interrupt(gang, now);
    report_progress(gang, events);
    events.emplace_back(Stopped{job, StopCause::kNodeDown, lost});
  }
}

std::optional<Duration> Gangs::interval_of(const Gang& gang) const {
  if (!scenario_.failures.has_checkpoints()) return std::nullopt;
  std::set<std::uint32_t> racks;
  for (const NodeShare& share : gang.nodes) racks.insert(scenario_.cluster.node(share.node).rack);
  const auto mtbf = gang_mtbf(scenario_.failures, gang.nodes.size(), racks.size());
  const Duration cost = state_transfer_time(gang.state, gang.nodes.size(), scenario_.network);
  return checkpoint_interval(scenario_.failures, mtbf, cost);
}

Rate Gangs::rate_on(const Gang& gang, const Allocation& allocation) const {
  const DeviceTypeId type = scenario_.cluster.node(allocation.nodes.front().node).type;
  const auto devices = static_cast<std::uint32_t>(allocation.devices.size());
  return scenario_.models.rate(gang.model, gang.elastic.get(), gang.devices, type, devices);
}

}  // namespace tandem

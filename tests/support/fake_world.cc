#include "tests/support/fake_world.h"

#include <algorithm>
#include <set>
#include <utility>

#include "sim/state_transfer.h"

namespace tandem {

FakeWorld::FakeWorld(const Scenario& scenario, std::uint64_t seed, bool oracle)
    : scenario_(scenario),
      oracle_(oracle),
      failures_(scenario.failures, scenario.cluster, seed),
      changes_(scenario.changes.begin(), scenario.changes.end()) {
  const auto source = scenario.arrivals(seed);
  while (auto arrival = source->next()) arrivals_.push_back(*std::move(arrival));
}

std::optional<Step> FakeWorld::next(std::optional<Time> deadline) {
  if (arrivals_.empty() && gangs_.empty() && reported_.empty()) return std::nullopt;
  std::set<Time> times;
  if (!reported_.empty()) times.insert(now_);
  if (deadline) times.insert(*deadline);
  if (!arrivals_.empty()) times.insert(arrivals_.front().job.submitted);
  if (!changes_.empty()) times.insert(std::max(now_, changes_.front().at));
  for (const auto& [job, gang] : gangs_) {
    if (gang.phase != Phase::kWaiting) times.insert(gang.until);
  }
  const auto failure = failures_.next_time();
  if (failure && (!times.empty() || failures_.any_down())) times.insert(*failure);
  if (times.empty()) return std::nullopt;

  now_ = *times.begin();
  Step step{now_, std::exchange(reported_, {})};
  end_phases(step.events);
  change_nodes(step.events);
  if (!arrive(step.events)) change_jobs(step.events);
  // A change that came too late is no event.
  const bool is_due = !step.events.empty() || (deadline && *deadline <= now_);
  return is_due ? step : next(deadline);
}

Duration FakeWorld::transfer(const Gang& gang) const {
  return state_transfer_time(gang.arrival.state, gang.nodes.size(), scenario_.network);
}

Rate FakeWorld::rate(const Gang& gang, const Allocation& allocation) const {
  const DeviceTypeId type = scenario_.cluster.node(allocation.nodes.front().node).type;
  const Job& job = gang.arrival.job;
  return scenario_.models.rate(job.model, job.elastic.get(), job.demand.devices, type,
                               static_cast<std::uint32_t>(allocation.devices.size()));
}

void FakeWorld::run(Gang& gang) {
  gang.phase = Phase::kRunning;
  gang.since = now_;
  gang.until = later(now_, gang.rate.time_for(gang.left));
}

void FakeWorld::end_phases(std::vector<Event>& events) {
  std::vector<JobId> ended;
  for (int round = 0; round < 2; ++round) {  // A gang may start and be done at one instant.
    for (auto& [job, gang] : gangs_) {
      if (gang.phase == Phase::kWaiting || gang.until != now_) continue;
      switch (gang.phase) {
        case Phase::kStarting:
          events.emplace_back(Started{job});
          gang.again = true;
          run(gang);
          break;
        case Phase::kResizing:
          events.emplace_back(Resized{job});
          gang.nodes = gang.next.nodes;
          gang.rate = rate(gang, gang.next);
          run(gang);
          break;
        case Phase::kSaving:
          gang.left -= gang.rate.work_in(std::exchange(gang.computed, {}));
          gang.phase = Phase::kStopping;
          gang.until = later(now_, costs(gang.nodes).stop);
          break;
        case Phase::kStopping: stop(job, gang, StopCause::kPreempted, events); break;
        default:
          if (gang.arrival.killed) {
            events.emplace_back(Failed{job, FailCause::kWalltime});
          } else {
            events.emplace_back(Finished{job});
          }
          gang.phase = Phase::kWaiting;
          ended.push_back(job);
      }
    }
  }
  for (const JobId job : ended) gangs_.erase(job);
}

void FakeWorld::stop(JobId job, Gang& gang, StopCause cause, std::vector<Event>& events) {
  const Duration computed =
      gang.phase == Phase::kRunning ? now_ - gang.since : std::exchange(gang.computed, {});
  const auto interval = scenario_.failures.checkpoint_interval;
  const Duration lost = interval ? computed % *interval : computed;
  gang.left -= gang.rate.work_in(computed - lost);
  gang.phase = Phase::kWaiting;
  const auto idle_since = std::exchange(gang.idle_since, std::nullopt);
  if (idle_since && *idle_since < now_) {
    events.emplace_back(Progressed{job, gang.arrival.run_time - gang.left, now_ - *idle_since});
  }
  events.emplace_back(Stopped{job, cause, lost});
}

void FakeWorld::change_nodes(std::vector<Event>& events) {
  while (failures_.next_time() == now_) {
    const NodeChange change = failures_.pop();
    if (change.up) {
      events.emplace_back(NodeUp{change.node});
      continue;
    }
    for (auto& [job, gang] : gangs_) {
      const bool hit = gang.phase != Phase::kWaiting &&
                       std::ranges::count(gang.nodes, change.node, &NodeShare::node) > 0;
      if (hit) stop(job, gang, StopCause::kNodeDown, events);
    }
    events.emplace_back(NodeDown{change.node});
  }
}

bool FakeWorld::arrive(std::vector<Event>& events) {
  bool someone_came = false;
  for (; !arrivals_.empty() && arrivals_.front().job.submitted == now_; arrivals_.pop_front()) {
    Arrival& arrival = arrivals_.front();
    if (oracle_) arrival.job.oracle_run_time = arrival.run_time;
    Gang& gang = gangs_[arrival.job.id];
    gang.arrival = arrival;
    gang.left = arrival.run_time;
    events.emplace_back(Submitted{arrival.job, arrival.after, arrival.part});
    someone_came = true;
  }
  return someone_came;
}

void FakeWorld::change_jobs(std::vector<Event>& events) {
  for (; !changes_.empty() && changes_.front().at <= now_; changes_.pop_front()) {
    const JobChange& change = changes_.front();
    const auto gang = std::ranges::find_if(
        gangs_, [&](const auto& g) { return g.second.arrival.job.name == change.job; });
    if (gang == gangs_.end()) continue;
    const JobId job = gang->first;
    if (change.priority) {
      events.emplace_back(PriorityChanged{job, *change.priority});
    } else {
      events.emplace_back(Cancelled{job});
      gangs_.erase(gang);
    }
  }
}

GangCosts FakeWorld::costs(const std::vector<NodeShare>& nodes) const {
  return scenario_.preemption.on(scenario_.cluster.node(nodes.front().node).type);
}

void FakeWorld::preempt(Gang& gang) {
  const bool computes = gang.phase == Phase::kRunning;
  if (computes) {
    gang.computed = now_ - gang.since;
    gang.idle_since = now_;
  }
  const bool saves = computes && scenario_.preemption.save;
  gang.phase = saves ? Phase::kSaving : Phase::kStopping;
  gang.until = later(now_, saves ? transfer(gang) : costs(gang.nodes).stop);
}

void FakeWorld::resize(Gang& gang, const Allocation& next) {
  gang.left -= gang.rate.work_in(now_ - gang.since);
  gang.phase = Phase::kResizing;
  const GangCosts after = costs(next.nodes);
  gang.until = later(
      now_, transfer(gang) + costs(gang.nodes).stop + after.start + after.restart + transfer(gang));
  gang.next = next;
  gang.nodes.insert(gang.nodes.end(), next.nodes.begin(), next.nodes.end());
}

void FakeWorld::apply(const Action& action) {
  if (const auto* start = std::get_if<Start>(&action)) {
    Gang& gang = gangs_.at(start->job);
    gang.phase = Phase::kStarting;
    gang.nodes = start->allocation.nodes;
    gang.rate = rate(gang, start->allocation);
    const GangCosts costs = this->costs(gang.nodes);
    gang.until = later(now_, costs.start);
    if (gang.again) gang.until = later(gang.until, costs.restart + transfer(gang));
  } else if (const auto* stopped = std::get_if<Preempt>(&action)) {
    preempt(gangs_.at(stopped->job));
  } else if (const auto* resized = std::get_if<Resize>(&action)) {
    resize(gangs_.at(resized->job), resized->allocation);
  } else if (const auto* reject = std::get_if<Reject>(&action)) {
    gangs_.erase(reject->job);
  }
}

}  // namespace tandem

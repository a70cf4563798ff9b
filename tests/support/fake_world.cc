#include "tests/support/fake_world.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tandem {

FakeWorld::FakeWorld(const Scenario& scenario, std::uint64_t seed, bool oracle)
    : scenario_(scenario),
      oracle_(oracle),
      failures_(scenario.failures, scenario.cluster.nodes().size(), seed),
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
    if (gang.phase == Phase::kStarting) times.insert(now_);
    if (gang.phase == Phase::kRunning) times.insert(gang.since + gang.left);
  }
  const auto failure = failures_.next_time();
  if (failure && (!times.empty() || failures_.any_down())) times.insert(*failure);
  if (times.empty()) return std::nullopt;

  now_ = *times.begin();
  Step step{now_, std::exchange(reported_, {})};
  start_and_finish(step.events);
  change_nodes(step.events);
  if (!arrive(step.events)) change_jobs(step.events);
  return step;
}

void FakeWorld::start_and_finish(std::vector<Event>& events) {
  for (auto& [job, gang] : gangs_) {
    if (gang.phase != Phase::kStarting) continue;
    gang.phase = Phase::kRunning;
    gang.since = now_;
    events.emplace_back(Started{job});
  }
  std::erase_if(gangs_, [&](const auto& entry) {
    const auto& [job, gang] = entry;
    if (gang.phase != Phase::kRunning || gang.since + gang.left != now_) return false;
    events.emplace_back(Finished{job});
    return true;
  });
}

Duration FakeWorld::stop(Gang& gang) {
  const bool ran = std::exchange(gang.phase, Phase::kWaiting) == Phase::kRunning;
  if (!ran) return Duration::zero();
  const Duration executed = now_ - gang.since;
  const auto interval = scenario_.failures.checkpoint_interval;
  const Duration saved = interval ? executed / *interval * *interval : Duration::zero();
  gang.left -= saved;
  return executed - saved;
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
      if (hit) events.emplace_back(Stopped{job, StopCause::kNodeDown, stop(gang)});
    }
    events.emplace_back(NodeDown{change.node});
  }
}

bool FakeWorld::arrive(std::vector<Event>& events) {
  bool someone_came = false;
  for (; !arrivals_.empty() && arrivals_.front().job.submitted == now_; arrivals_.pop_front()) {
    Arrival& arrival = arrivals_.front();
    if (oracle_) arrival.job.oracle_run_time = arrival.run_time;
    gangs_[arrival.job.id] = {arrival.job.name, arrival.run_time, Phase::kWaiting, now_, {}};
    events.emplace_back(Submitted{arrival.job});
    someone_came = true;
  }
  return someone_came;
}

void FakeWorld::change_jobs(std::vector<Event>& events) {
  for (; !changes_.empty() && changes_.front().at <= now_; changes_.pop_front()) {
    const JobChange& change = changes_.front();
    const auto gang =
        std::ranges::find_if(gangs_, [&](const auto& g) { return g.second.name == change.job; });
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

void FakeWorld::apply(const Action& action) {
  if (const auto* start = std::get_if<Start>(&action)) {
    Gang& gang = gangs_.at(start->job);
    gang.phase = Phase::kStarting;
    gang.nodes = start->allocation.nodes;
  } else if (const auto* preempt = std::get_if<Preempt>(&action)) {
    Gang& gang = gangs_.at(preempt->job);
    gang.left -= gang.phase == Phase::kRunning ? now_ - gang.since : Duration::zero();
    gang.phase = Phase::kWaiting;
    reported_.emplace_back(Stopped{preempt->job, StopCause::kPreempted, {}});
  } else {
    gangs_.erase(std::get<Reject>(action).job);
  }
}

}  // namespace tandem

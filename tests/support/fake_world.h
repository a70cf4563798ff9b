// A world in one screen of code: the yardstick for the other one.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <vector>

#include "policies/core/world.h"
#include "sim/failures.h"
#include "workloads/scenario.h"

namespace tandem {

/// Promises what SimulatedWorld promises, for scenarios without a network, and does it by looking
/// at everything at every step. At one instant gangs start and end, then nodes change, then jobs
/// arrive, then jobs are changed; changes wait for a step in which no job arrives.
class FakeWorld final : public World {
 public:
  /// `scenario` must outlive the world.
  FakeWorld(const Scenario& scenario, std::uint64_t seed, bool oracle);

  std::optional<Step> next(std::optional<Time> deadline) override;
  void apply(const Action& action) override;

 private:
  enum class Phase { kWaiting, kStarting, kRunning, kResizing, kSaving, kStopping };
  struct Gang {
    Arrival arrival;
    Duration left{};  ///< Of its work.
    Phase phase = Phase::kWaiting;
    Time since;  ///< Of the phase.
    Time until;  ///< Of the phase, unless it waits.
    Rate rate;
    std::vector<NodeShare> nodes;
    Allocation next;
    Duration computed{};             ///< And not saved, before it was preempted.
    std::optional<Time> idle_since;  ///< If it computed when it was preempted.
    bool again = false;              ///< It has computed before.
  };
  void end_phases(std::vector<Event>& events);
  void run(Gang& gang);
  Duration transfer(const Gang& gang) const;
  Rate rate(const Gang& gang, const Allocation& allocation) const;
  GangCosts costs(const std::vector<NodeShare>& nodes) const;
  void preempt(Gang& gang);
  void resize(Gang& gang, const Allocation& next);
  void change_nodes(std::vector<Event>& events);
  bool arrive(std::vector<Event>& events);
  void change_jobs(std::vector<Event>& events);
  /// Takes a gang off its devices.
  void stop(JobId job, Gang& gang, StopCause cause, std::vector<Event>& events);

  const Scenario& scenario_;
  const bool oracle_;
  Time now_;
  Failures failures_;
  std::deque<Arrival> arrivals_;
  std::deque<JobChange> changes_;
  std::map<JobId, Gang> gangs_;  ///< Of every job that has not ended.
  std::vector<Event> reported_;
};

}  // namespace tandem

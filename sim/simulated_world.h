// The simulated world: jumps from event to event.
//
// Its own heap of integer times is the master; the network (SimGrid) is asked for its next event
// only while transfers are in flight. A gang computes for its job's run time; identical iterations
// are not simulated one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/world.h"
#include "sim/event_heap.h"
#include "sim/failures.h"
#include "sim/network.h"
#include "workloads/scenario.h"

namespace tandem {

class SimulatedWorld final : public World {
 public:
  /// `oracle`: true run times are told with submissions. `scenario` must outlive the world.
  SimulatedWorld(const Scenario& scenario, std::uint64_t seed, bool oracle);

  std::optional<Step> next(std::optional<Time> deadline) override;
  void apply(const Action& action) override;

  /// Jobs that have arrived so far, and how many there will be: for progress.
  std::uint64_t arrived() const { return arrived_; }
  std::uint64_t expected() const { return arrivals_->count(); }
  /// Changes of jobs (Scenario::changes) that found no such job waiting or running, or came after
  /// the end.
  std::uint64_t changes_missed() const {
    return changes_missed_ + (scenario_.changes.size() - next_change_);
  }

 private:
  enum class Phase : std::uint8_t {
    kAway,
    kStarting,
    kReading,
    kRunning,
    kResizing,
    kSaving,
    kFlowing,  ///< Has shares of time, not devices.
  };
  struct Gang {
    ModelId model;
    std::uint32_t devices = 0;  ///< That it prefers.
    std::shared_ptr<const Elastic> elastic;
    Duration left{};  ///< Of its work, from the last checkpoint that counts.
    Bytes input;
    Bytes state;
    bool killed = false;
    bool has_started = false;
    Phase phase = Phase::kAway;
    Rate rate;
    Time running_since;
    Duration computed{};  ///< While it saves: since running_since.
    std::vector<NodeShare> nodes;
    Allocation next;                   ///< While it is being resized.
    EventHeap<JobId>::Handle due = 0;  ///< Its entry in due_, in every phase but away and reading.
    std::size_t place = 0;             ///< In held_, while it holds devices.
  };

  void arrive(Time now, std::vector<Event>& events);
  void fall_due(Time now, std::vector<Event>& events);
  void change_nodes(Time now, std::vector<Event>& events);
  void change_jobs(Time now, std::vector<Event>& events);
  /// The gang has come to the end of its phase.
  void end_phase(JobId job, Gang& gang, Time now, std::vector<Event>& events);
  void begin_running(JobId job, Gang& gang, Time now, std::vector<Event>& events);
  void end_job(JobId job, Gang& gang, std::vector<Event>& events);
  /// Takes the gang off its devices; returns the time it computed since its last checkpoint.
  Duration interrupt(JobId job, Gang& gang, Time now);
  void stop_gangs_on(NodeId node, Time now, std::vector<Event>& events);
  void start(const Start& action);
  void preempt(const Preempt& action);
  void resize(const Resize& action);
  void share(const Share& action);
  Rate rate_on(const Gang& gang, const Allocation& allocation) const;
  Duration save_time(const Gang& gang) const;
  Duration restart_time(const Gang& gang) const;
  void let_go(Gang& gang);
  std::optional<Time> next_time(std::optional<Time> deadline);

  const Scenario& scenario_;
  const bool oracle_;
  std::unique_ptr<ArrivalSource> arrivals_;
  std::optional<Arrival> next_arrival_;
  Failures failures_;
  std::unique_ptr<Network> network_;  ///< None: transfers take no time.
  Time now_{};
  EventHeap<JobId> due_;  ///< Gangs that start or finish.
  PagedMap<JobId, Gang> gangs_;
  std::vector<JobId> held_;      ///< Jobs on devices.
  std::vector<Event> reported_;  ///< What actions caused at once, for the next step.
  std::map<std::string, std::optional<JobId>, std::less<>> named_;  ///< Jobs that changes name.
  std::size_t next_change_ = 0;                                     ///< In Scenario::changes.
  std::uint64_t arrived_ = 0;
  std::uint64_t changes_missed_ = 0;
};

}  // namespace tandem

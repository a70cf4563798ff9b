// The life of gangs in the simulated world: they start, read, compute, save themselves, hang, stop.
//
// A heap of integer times tells when the next of them comes to the end of what it does; whoever
// owns the network tells of the ends of transfers. A gang computes in one piece to its end, or to
// its next checkpoint where saving takes time: identical iterations are not gone through one by
// one, unless the network is to be looked at so closely (L2, L3).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/step.h"
#include "sim/contention.h"
#include "sim/event_heap.h"
#include "sim/gang_progress.h"
#include "sim/iterations.h"
#include "sim/network.h"
#include "sim/placed_training.h"
#include "workloads/arrival.h"
#include "workloads/scenario.h"

namespace tandem {

class Gangs {
 public:
  /// All of it must outlive this. No `network`: only states take time, each by itself.
  Gangs(const Scenario& scenario, Network* network);

  void add(const Arrival& arrival);
  bool contains(JobId job) const { return gangs_.contains(job); }
  bool empty() const { return gangs_.empty(); }
  /// When something next happens to a gang besides the end of a transfer, if nothing changes
  /// before.
  std::optional<Time> next_time() const;
  /// Goes on to `now`, at most next_time(); what happens is added to `events`.
  void advance(Time now, std::vector<Event>& events);
  /// Its transfer has ended.
  void transferred(JobId job, Time now, std::vector<Event>& events);

  // What is asked for; what comes of it at once is added to `events`.
  void start(const Start& action, Time now);
  void preempt(const Preempt& action, Time now);
  void resize(const Resize& action, Time now);
  void share(const Share& action, Time now, std::vector<Event>& events);
  /// A gang that runs until it is told to end does.
  void finish(JobId job, Time now, std::vector<Event>& events);
  /// A job is rejected, or withdrawn whatever it does.
  void remove(JobId job, Time now);

  /// The node is dead: its gangs, and those that start there, do nothing until they are stopped.
  void fail(NodeId node, Time now);
  void repair(NodeId node) { dead_[node.value] = false; }
  /// The death of the node is noticed.
  void stop_on(NodeId node, Time now, std::vector<Event>& events);

 private:
  enum class Phase : std::uint8_t {
    kAway,
    kDelayed,  ///< By what a start takes.
    kReading,
    kRunning,
    kCheckpointing,
    kSaving,    ///< To stop, or to go on elsewhere.
    kStopping,  ///< Has saved what it may save.
    kHung,
    kFlowing,  ///< Has shares of time, not devices.
  };
  struct Gang {
    JobId job;
    ModelId model;
    std::uint32_t devices = 0;  ///< That it prefers.
    std::shared_ptr<const Elastic> elastic;
    std::shared_ptr<const Training> plan;
    Bytes input;
    Bytes state;
    bool killed = false;
    bool has_started = false;
    bool is_resizing = false;
    bool is_known_to_run = false;  ///< Its start has been reported, and not its end.
    bool is_transferring = false;
    Phase phase = Phase::kAway;
    GangProgress progress;
    Rate rate;
    std::unique_ptr<PlacedTraining> training;  ///< Of a gang whose pace follows from its network.
    std::optional<Iterations> iterations;      ///< If it goes through them one by one.
    bool stops_after_iteration = false;        ///< Of those, or of a step that was measured.
    Rate nominal;                              ///< What the scheduler believes its rate to be.
    bool is_disturbed = false;         ///< It has had another rate since it last told its progress.
    std::optional<Duration> interval;  ///< Between checkpoints.
    std::optional<Time> idle_since;    ///< It would compute, but saves itself or hangs.
    Duration overhead{};               ///< Time idle so far, not reported yet.
    std::vector<NodeShare> nodes;
    Allocation next;  ///< What it goes on with once it has saved itself for a resize.
    std::vector<NodeShare>
        leaving;  ///< Where it was before; its, for the scheduler, until it runs.
    std::optional<EventHeap<JobId>::Handle> due;  ///< Its entry in due_.
    std::size_t place = 0;                        ///< In held_, while it holds devices.
  };

  void set_due(Gang& gang, Time time) { gang.due = due_.schedule(time, gang.job); }
  void end_phase(Gang& gang, Time now, std::vector<Event>& events);
  void enter(Gang& gang, const Allocation& allocation, Time now);
  /// What a training gang gets from the nodes it is on.
  void set_training(Gang& gang);
  void read(Gang& gang, Time now, std::vector<Event>& events);
  void run(Gang& gang, Time now, std::vector<Event>& events);
  void go_on(Gang& gang, Time now);
  void begin_iteration(Gang& gang, Time now);
  void send(Gang& gang, Time now);
  /// A part of an iteration has ended.
  void go_through(Gang& gang, Time now, std::vector<Event>& events);
  void save(Gang& gang, Phase phase, Time now);
  /// Whether it computes, and so saves itself; where it goes through steps, at the end of one.
  bool drain(Gang& gang, Time now);
  /// Whether it ends the step that is under way before it stops, as real programs do, and where
  /// that ends follows from the work done.
  bool ends_steps(const Gang& gang) const { return gang.training && gang.training->is_measured(); }
  void end_step(Gang& gang, Time now);
  void stop(Gang& gang, Time now);
  void stopped(Gang& gang, Time now, std::vector<Event>& events);
  void end(Gang& gang, Time now, std::vector<Event>& events);
  void transfer(Gang& gang, Network::Direction direction, Bytes amount, Time now);
  /// Takes back whatever would end its phase.
  void halt(Gang& gang, Time now);
  /// Takes the gang off its devices; returns the time in which it computed what is lost.
  Duration interrupt(Gang& gang, Time now);
  void let_go(Gang& gang);
  void rest(Gang& gang, Time now);
  void stop_resting(Gang& gang, Time now);
  /// What the scheduler cannot know from the times of events.
  void report_progress(Gang& gang, std::vector<Event>& events);
  std::vector<JobId> on_node(NodeId node) const;
  bool is_on_dead_node(const Gang& gang) const;
  bool saves_at_a_cost(const Gang& gang) const { return network_ && gang.state.count > 0; }
  GangCosts costs_of(const Gang& gang) const {
    return scenario_.preemption.on(scenario_.cluster.node(gang.nodes.front().node).type);
  }
  std::optional<Duration> interval_of(const Gang& gang) const;
  Rate rate_on(const Gang& gang, const Allocation& allocation) const;
  void set_rate(Gang& gang, Rate rate);
  void join_contention(Gang& gang, Time now);
  void leave_contention(Gang& gang, Time now);
  /// Gangs whose share of the network has changed go on at another pace.
  void follow_shares(Time now);
  void schedule_end(Gang& gang);

  const Scenario& scenario_;
  Contention contention_;
  Network* network_;
  EventHeap<JobId> due_;
  PagedMap<JobId, Gang> gangs_;
  std::vector<JobId> held_;  ///< Jobs on devices.
  std::vector<bool> dead_;   ///< By node.
};

}  // namespace tandem

// One service in the simulated world: requests arrive, are routed to replicas, come back answered.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "sim/event_heap.h"
#include "sim/serving/handovers.h"
#include "sim/serving/pool.h"
#include "workloads/scenario.h"

namespace tandem {

class Service {
 public:
  /// What the service is part of. All of it outlives the service.
  struct Surroundings {
    const Scenario& scenario;
    ServiceRecorder& recorder;
    Network* network;  ///< May be none.
    std::function<JobId(ServiceId, ReplicaPlace)> new_job;
  };
  Service(const Surroundings& around, ServiceId id, std::uint64_t seed);

  /// When something next happens if nothing comes before; kForever: never.
  Time next_time() const { return wakes_.empty() ? kForever : wakes_.next_time(); }
  /// All that happens at next_time().
  void advance(PoolWishes& wishes);
  /// How many of its requests have arrived, and how many there will be.
  std::uint64_t arrived() const { return arrived_; }
  std::uint64_t expected() const { return source_->count(); }

  // What becomes of the job of a replica.
  void placed(ReplicaPlace place, const Allocation& allocation);
  void started(ReplicaPlace place, Time now);
  /// Its gang is off its devices, and waits for others.
  void stopped(ReplicaPlace place, Time now, PoolWishes& wishes);
  /// No job of this pool can ever run.
  void rejected(ReplicaPlace place, Time now);
  /// A node has died, though nobody has noticed: engines on it stand still.
  void node_failed(NodeId node, Time now);
  /// The keys and values that this replica was sending are where they belong.
  void handed_over(std::uint32_t sender, Time now, PoolWishes& wishes);

 private:
  struct Wake {
    enum class What : std::uint8_t { kArrival, kEngine, kReady, kRelease, kScale };
    What what = What::kArrival;
    ReplicaPlace place;
    /// The engine; of kReady, the start that has to be the last one; of kScale, 1 if it is besides
    /// the regular looks.
    std::uint32_t number = 0;
  };
  using Handles = std::vector<std::optional<EventHeap<Wake>::Handle>>;

  /// Whether there is a next request, and room for it in a closed loop.
  bool may_come();
  void fetch_next(Time now);
  void arrive(Time now);
  /// To the pool where its first token is computed.
  void take_in(ServedRequest request, Time now);
  /// To a replica of the pool, or to those who wait for one.
  void dispatch(std::uint32_t pool, ServedRequest request, Time now);
  void submit(ReplicaPlace place, ServedRequest request, Time now);
  /// Somebody waits for a replica: if none comes, the pool is looked at at once.
  void has_to_wait(std::uint32_t pool, Time now);
  void expect_replica(std::uint32_t pool, Time now);
  void tell_router(ReplicaPlace place, Time now);
  void wake_engine(ReplicaPlace place, std::uint32_t engine);
  void run_engine(ReplicaPlace place, std::uint32_t engine, Time now, PoolWishes& wishes);
  void answered(ReplicaPlace place, ServedRequest request, Time now);
  void hand_over(ReplicaPlace from, ServedRequest request, Time now);
  /// What a replica is to hand over, to replicas that go on with it, as far as there are any.
  void send(std::uint32_t sender, Time now);
  void received(std::uint32_t sender, Time now);
  void fail_waiting(std::uint32_t sender, Time now);
  /// What was to come from a lost replica is lost; what was to go there goes elsewhere.
  void lose_handovers(ReplicaPlace place, Time now);
  std::int64_t held(std::uint32_t pool) const;
  static constexpr std::string_view kTooLong = "it exceeds what a replica can hold";
  static constexpr std::string_view kNoService = "the service cannot run";
  static constexpr std::string_view kLost = "the replica that answered was lost";
  void end(const ServedRequest& request, RequestState state, std::string_view cause, Time now);
  /// No replica will ever serve it.
  void turn_away(const ServedRequest& request, std::string_view cause, Time now);
  bool fits(const RequestArrival& arrival) const;
  void report_held(Time now);
  void become_ready(ReplicaPlace place, std::uint32_t start, Time now);
  /// Those who wait for a replica of the pool go to one.
  void release(std::uint32_t pool, Time now, PoolWishes& wishes);
  /// As many replicas as are wanted now; `again`: the next look follows.
  void look(std::uint32_t pool, bool again, Time now, PoolWishes& wishes);
  void scale(std::uint32_t pool, std::uint32_t replicas, Time now, PoolWishes& wishes);
  void schedule_look(std::uint32_t pool, Time time);
  /// Looks go on if something of the service's own is about to happen again.
  void resume_looks(Time now);
  /// Those that have drained let go.
  void settle(Time now, PoolWishes& wishes);
  /// Lets go of all replicas once every request has come and ended.
  void close_if_done(Time now, PoolWishes& wishes);
  /// Its engines do nothing any more.
  void stand_still(ReplicaPlace place);
  std::uint32_t entry_pool() const { return pools_.size() > 1 ? 1 : 0; }

  Surroundings around_;
  ServiceId id_;
  const ServiceSettings& settings_;
  std::unique_ptr<RequestSource> source_;
  std::vector<Pool> pools_;
  EventHeap<Wake> wakes_;
  std::vector<std::vector<Handles>> engine_wakes_;  ///< By pool and replica.
  std::vector<std::deque<ServedRequest>> held_;     ///< By pool: until a replica takes requests.
  Handovers handovers_;
  RequestArrival next_;
  bool has_next_ = false;
  bool is_next_due_ = false;  ///< Its arrival is scheduled.
  bool has_failed_ = false;   ///< It can have no replicas.
  bool is_closed_ = false;    ///< All requests have come and ended.
  std::uint64_t arrived_ = 0;
  std::uint64_t in_flight_ = 0;
  std::vector<ServedRequest> ended_;
  std::size_t looks_due_ = 0;  ///< Regular looks that are scheduled.
  /// By pool: the last look, if the next ones would see the same until something else happens.
  std::vector<std::optional<Time>> paused_looks_;
};

}  // namespace tandem

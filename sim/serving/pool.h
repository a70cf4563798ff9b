// The replicas of a service that are alike: they come as jobs, get requests, drain and go.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/tenant.h"
#include "policies/serving/autoscaler.h"
#include "policies/serving/router.h"
#include "sim/serving/replica.h"

namespace tandem {

/// What a pool wants to become of its jobs.
struct PoolWishes {
  std::vector<Job> submitted;
  std::vector<JobId> finished;   ///< They hold devices.
  std::vector<JobId> withdrawn;  ///< They wait for some.
  bool transfers = false;        ///< Some have begun: the network's next end is another.
};

class Pool {
 public:
  struct Surroundings {
    const ServiceSettings& service;
    const PoolSettings& pool;
    const Cluster& cluster;
    const Tenants& tenants;
    ServiceRecorder& recorder;
    ServiceId id;
    std::string job_prefix;    ///< "chat/" or "chat/prefill".
    std::uint32_t number = 0;  ///< Of this pool,
    std::uint32_t pools = 1;   ///< among those of the service.
    Duration first_token_limit = Duration::max();
  };
  explicit Pool(const Surroundings& around);
  Pool(const Pool&) = delete;
  Pool(Pool&&) = default;

  /// As many replicas as `count`: more are submitted, some are drained. `new_job` gives the job of
  /// a replica its id.
  void scale(std::uint32_t count, Time now, const std::function<JobId(std::size_t)>& new_job,
             PoolWishes& wishes);
  /// Those that have drained let go.
  void settle(std::size_t replica, Time now, PoolWishes& wishes);

  std::span<const Replica> replicas() const { return replicas_; }
  Replica& replica(std::size_t at) { return replicas_[at]; }
  /// What its replicas that serve or are on their way come to, all but the objective's signals and
  /// requests that wait for a replica.
  Autoscaler::Signals signals() const;
  std::uint32_t live() const { return signals().replicas; }
  /// First tokens since it was last asked.
  ServingEngine::FirstTokens take_first_tokens();
  /// Whether every kind of device it accepts can hold so many tokens of one request.
  bool holds(std::int64_t tokens) const;

  /// The gang of a replica has devices: its engines are made.
  void place(std::size_t replica, const Allocation& allocation);
  /// It has lost them; what it was serving, in order of its coming.
  std::vector<ServedRequest> lose(std::size_t replica, Time now, PoolWishes& wishes);

  std::uint32_t least() const { return around_.pool.least; }

  Router& router() { return router_; }
  Autoscaler& autoscaler() { return autoscaler_; }

 private:
  /// The engines of a replica are gone.
  std::vector<ServedRequest> abandon(Replica& replica, Time now);
  void drain_one(Time now, PoolWishes& wishes);

  Surroundings around_;
  std::vector<Replica> replicas_;  ///< Places of those gone are used again.
  std::uint32_t submitted_ = 0;
  ServingEngine::FirstTokens first_tokens_;  ///< Of engines that are gone.
  Router router_;
  Autoscaler autoscaler_;
};

}  // namespace tandem

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
#include "sim/serving/autoscaler.h"
#include "sim/serving/replica.h"
#include "sim/serving/router.h"

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
    std::string job_prefix;          ///< "chat/" or "chat/prefill".
    std::uint32_t first_engine = 0;  ///< Number of its first engine among those of the service.
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
  /// Replicas that serve or are on their way.
  std::uint32_t live() const;
  std::int64_t outstanding() const;
  std::int64_t waiting() const;
  std::int64_t capacity() const;
  /// Whether some kind of device it accepts can serve the request.
  bool fits(const RequestArrival& arrival) const;

  /// The gang of a replica has devices: its engines are made.
  void place(std::size_t replica, const Allocation& allocation);
  /// It has lost them; what it was serving, in order of its coming.
  std::vector<ServedRequest> lose(std::size_t replica, Time now, PoolWishes& wishes);

  std::uint32_t least() const { return around_.pool.least; }

  Router& router() { return router_; }
  Autoscaler& autoscaler() { return autoscaler_; }

 private:
  Job job_of(JobId id, Time now);
  void drain_one(Time now, PoolWishes& wishes);

  Surroundings around_;
  std::vector<Replica> replicas_;  ///< Places of those gone are used again.
  std::uint32_t submitted_ = 0;
  Router router_;
  Autoscaler autoscaler_;
};

}  // namespace tandem

// All services of a simulated world: between what requests do and what a scheduler hears of it.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "policies/core/step.h"
#include "sim/serving/service.h"

namespace tandem {

class Services {
 public:
  /// Jobs of replicas get ids from `first_job` on. `network` and `recorder` may be null.
  Services(const Scenario& scenario, std::uint64_t seed, std::uint32_t first_job, Network* network,
           ServiceRecorder* recorder);

  bool empty() const { return services_.empty(); }
  /// When something next happens; kForever: never.
  Time next_time() const;
  /// Goes on as long as nobody else has to know, and nothing happens at `limit` or later. Returns
  /// the time at which somebody has to, or `limit`.
  Time run(Time limit);
  /// All that happens at `now`; then what others have to know.
  PoolWishes advance(Time now);

  // What happens to jobs; those of others are none of our business.
  void placed(const Start& action);
  void hear(std::span<const Event> events, Time now);
  void rejected(JobId job, Time now);
  void node_failed(NodeId node, Time now);
  /// A transfer of theirs has ended.
  void handed_over(HandoverId id, Time now);
  /// What a replica reads when it starts.
  Bytes weights(JobId job) const;

  std::uint64_t arrived() const;
  std::uint64_t expected() const;

 private:
  struct Owner {
    ServiceId service;
    ReplicaPlace place;
  };
  bool has_wishes() const;
  Service* next_service();
  const Owner* owner(JobId job) const;

  const Scenario& scenario_;
  std::vector<std::unique_ptr<Service>> services_;
  std::map<JobId, Owner> owners_;  ///< Of replicas that have not ended.
  std::uint32_t next_job_;
  Time now_;  ///< Of what is wished for.
  PoolWishes wishes_;
};

}  // namespace tandem

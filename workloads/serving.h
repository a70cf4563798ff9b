// A service as a what-if describes it: a model behind replicas, who sends requests to it, and what
// its users were promised.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policies/batch/engine.h"
#include "policies/batch/objective.h"
#include "policies/core/job.h"
#include "policies/serving/autoscaler.h"
#include "policies/serving/router.h"
#include "workloads/catalog/architecture.h"
#include "workloads/deployment.h"
#include "workloads/perf/serving/step_line.h"
#include "workloads/requests/request_source.h"

namespace tandem {

/// What an engine is on one type of device.
struct EngineOnDevice {
  std::shared_ptr<const StepCost> cost;
  std::int64_t kv_blocks = 0;
  std::int64_t swap_ps_per_block = 0;
};

/// Replicas that are alike, and who sends requests to which.
struct PoolSettings {
  std::uint32_t least = 1;  ///< Replicas; 0: none while there is nothing to do.
  std::uint32_t most = 1;
  Demand demand;                              ///< Of one replica.
  std::uint32_t engines = 1;                  ///< In one replica: data times pipeline parallel.
  std::map<DeviceTypeId, EngineOnDevice> on;  ///< By the types that it accepts.
  AutoscaleSettings autoscale;
};

struct ServiceSettings {
  std::string name;
  const Architecture* model = nullptr;  ///< In the scenario's catalogue.
  JobKind kind = JobKind::kServe;
  TenantId tenant;
  std::int64_t priority = 0;
  bool preemptible = true;
  EngineSettings engine;     ///< Its kv_blocks follow from the device.
  std::string batch_policy;  ///< As policies/batch/batch_registry.h reads it.
  Routing routing = Routing::kLeastOutstanding;
  Duration staleness{};  ///< Age of what a router knows of replicas.
  Duration startup{};    ///< Of a replica, beyond reading its weights.
  Deployment deployment;
  std::int64_t context = 0;  ///< Longest prompt and answer together.
  Bytes weights;             ///< Read by each replica when it starts.
  Bytes kv_per_token;        ///< Keys and values, of the whole model.
  PoolSettings pool;
  /// Replicas that only compute prompts; those of `pool` are handed the keys and values then.
  std::optional<PoolSettings> prefill;
  std::vector<Objective> objectives;
  double rate = 1;  ///< By how much faster its requests come than is said or recorded.
  std::uint32_t max_concurrency = 0;    ///< Requests in flight at a time; 0: an open loop.
  std::vector<std::string> provenance;  ///< Where the times of steps are from, line by line.
  double band_low = 1;                  ///< Expected error: a measured step takes at least so much
  double band_high = 1;                 ///< and at most so much of ours.
  std::function<std::unique_ptr<RequestSource>(std::uint64_t seed)> requests;

  /// By when a first token is in time: the tightest of its objectives; Duration::max(): any time.
  Duration first_token_limit() const {
    Duration limit = Duration::max();
    for (const Objective& objective : objectives) {
      if (objective.metric == Objective::Metric::kTtft) limit = std::min(limit, objective.limit);
    }
    return limit;
  }
};

}  // namespace tandem

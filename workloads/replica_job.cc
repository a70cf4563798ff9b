#include "workloads/replica_job.h"

#include <utility>

namespace tandem {
namespace {

/// What a service's job tells of its end: nobody knows it.
constexpr Duration kNoEndInSight = std::chrono::hours(24 * 365);

}  // namespace

Job replica_job(const ServiceSettings& service, const PoolSettings& pool, JobId id,
                std::string name, Time now) {
  Job job;
  job.id = id;
  job.tenant = service.tenant;
  job.kind = service.kind;
  job.name = std::move(name);
  job.demand = pool.demand;
  job.priority = service.priority;
  job.submitted = job.eligible = now;
  job.estimate = kNoEndInSight;
  job.preemptible = service.preemptible;
  return job;
}

}  // namespace tandem

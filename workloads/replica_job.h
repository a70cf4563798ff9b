// A replica of a service as a job: the same for whoever runs it.
#pragma once

#include <string>

#include "workloads/serving.h"

namespace tandem {

/// Submitted `now`, to last until it is let go.
Job replica_job(const ServiceSettings& service, const PoolSettings& pool, JobId id,
                std::string name, Time now);

}  // namespace tandem

// What stands between a cluster and a promise: the queue, devices for wide gangs, memory of
// engines.
#pragma once

#include <string>

#include "reports/planning/slo.h"
#include "reports/run_result.h"

namespace tandem {

/// In words with the figures that tell, from a run that misses `slo` or hardly keeps it: "the
/// queue: 97.2 % of the devices are busy, 41.0 jobs wait". Of a promise about a service, its KV
/// memory if that is full or requests were evicted for it, its queue if requests wait for a place
/// in a batch, else the time of its steps; of jobs, the size of gangs if they wait beside enough
/// free devices.
std::string what_binds(const RunResult& run, const Slo& slo);

}  // namespace tandem

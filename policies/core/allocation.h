// Sums and differences of what gangs hold.
#pragma once

#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/step.h"

namespace tandem {

/// What a gang with this allocation holds: an elastic one may have more or fewer devices than its
/// job prefers.
inline Demand held_demand(const Job& job, const Allocation& allocation) {
  return job.elastic ? job.demand_on(static_cast<std::uint32_t>(allocation.devices.size()))
                     : job.demand;
}

/// These devices, in this order, and the nodes they are on.
Allocation allocation_of(std::vector<DeviceId> devices, const Cluster& cluster);
/// What is in `a` and not in `b`, in the order of `a`. Both have devices.
Allocation difference(const Allocation& a, const Allocation& b, const Cluster& cluster);
/// `a`, then what of `b` is not in `a`.
Allocation together(const Allocation& a, const Allocation& b, const Cluster& cluster);

}  // namespace tandem

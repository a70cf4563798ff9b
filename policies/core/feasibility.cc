#include "policies/core/feasibility.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {

std::string Feasibility::why_never(const Job& job) {
  // Quotas admit jobs at their preferred size; devices may be fewer.
  for (const Tenant& account : tenants_.path(job.tenant)) {
    if (account.quota && job.demand.devices > *account.quota) {
      return fmt::format("needs {} devices, the quota of {} is {}", job.demand.devices,
                         account.name, *account.quota);
    }
  }
  const Demand least = job.demand_on(job.least_devices());
  const auto [known, is_new] = known_.try_emplace(least, true);
  if (is_new) known->second = empty_cluster_.fits(least);
  if (known->second) return {};
  const Cluster& cluster = empty_cluster_.cluster();
  std::uint32_t most = 0;
  for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
    if (!job.demand.accepts({type})) continue;
    most = std::max(most, cluster.device_count(DeviceTypeId{type}));
  }
  if (most < least.devices) {
    return fmt::format("needs {} devices of one acceptable type, the whole cluster has {}",
                       least.devices, most);
  }
  return fmt::format("the nodes, even when empty, lack devices, CPUs or memory for its {} rank(s)",
                     least.ranks());
}

}  // namespace tandem

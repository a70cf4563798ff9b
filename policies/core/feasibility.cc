#include "policies/core/feasibility.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {

std::string Feasibility::why_never(const Job& job) {
  const Tenant& tenant = tenants_.at(job.tenant);
  if (tenant.quota && job.demand.devices > *tenant.quota) {
    return fmt::format("needs {} devices, the quota of {} is {}", job.demand.devices, tenant.name,
                       *tenant.quota);
  }
  const auto [known, is_new] = known_.try_emplace(job.demand, true);
  if (is_new) known->second = empty_cluster_.fits(job.demand);
  if (known->second) return {};
  const Cluster& cluster = empty_cluster_.cluster();
  std::uint32_t most = 0;
  for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
    if (!job.demand.accepts({type})) continue;
    most = std::max(most, cluster.device_count(DeviceTypeId{type}));
  }
  if (most < job.demand.devices) {
    return fmt::format("needs {} devices of one acceptable type, the whole cluster has {}",
                       job.demand.devices, most);
  }
  return fmt::format("the nodes, even when empty, lack devices, CPUs or memory for its {} rank(s)",
                     job.demand.ranks());
}

}  // namespace tandem

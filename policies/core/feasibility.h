// Whether a job could ever run, on the whole cluster, empty and with every node up.
#pragma once

#include <map>
#include <string>

#include "policies/core/free_devices.h"
#include "policies/core/tenant.h"

namespace tandem {

class Feasibility {
 public:
  /// Both must outlive this.
  Feasibility(const Cluster& cluster, const Tenants& tenants)
      : tenants_(tenants), empty_cluster_(cluster) {}

  /// Why `job` can never run, whatever the policy; empty if it can.
  std::string why_never(const Job& job);

 private:
  const Tenants& tenants_;
  const FreeDevices empty_cluster_;
  std::map<Demand, bool> known_;
};

}  // namespace tandem

// Dominant resource fairness: who holds least of what it holds most of goes first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/order.h"
#include "policies/core/tenant.h"

namespace tandem {

/// By the tenant's dominant share, max over devices, CPUs and memory of (held / the cluster's) /
/// weight, least first; within a tenant by submission. The weight is the tenant's part of all
/// shares. CPUs and memory do not count where some node states none. (Ghodsi et al., NSDI'11;
/// reference.md, section 1. With +per-tenant it is their algorithm 1.)
///
/// It does not settle: gangs of one tenant may together be worth stopping for a wide one of
/// another, and this one for the next of them.
class DominantShare final : public Order {
 public:
  /// Both must outlive the order.
  DominantShare(const Cluster& cluster, const Tenants& tenants);

  Standing standing(const Claim& claim, Time) const override {
    return {claim.tenant.value, 0, kForever};
  }
  Rank offset(std::uint32_t lane, Time now) const override;
  /// Whether the tenant would hold less with the waiting gang than the other does with its own.
  bool may_replace(const Contender& waiting, const Contender& served, Time now) const override;
  bool settles() const override { return false; }
  bool moves_when_served() const override { return true; }
  void served(const Claim& claim, Time now) override;
  void unserved(const Claim& claim, Time now) override;
  std::string why(const Claim& claim, Time now) const override;

 private:
  /// Devices in thousandths, CPUs, memory.
  template <class Amount>
  struct Amounts {
    Amount devices = 0;
    Amount cpus = 0;
    Amount memory = 0;
  };
  using Held = Amounts<std::int64_t>;
  static void add(Held& to, const Claim& claim, int sign);
  double share(TenantId tenant, const Held& held) const;

  const Tenants& tenants_;
  Amounts<double> whole_;  ///< Of the cluster; infinite where it is not counted.
  std::vector<double> weight_;
  std::vector<Held> held_;  ///< By tenant.
};

}  // namespace tandem

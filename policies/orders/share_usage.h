// What tenants have used of their shares, as Slurm computes it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "policies/core/order.h"
#include "policies/core/tenant.h"
#include "policies/core/usage.h"
#include "policies/orders/tree_places.h"

namespace tandem {

/// The two algorithms of Slurm on one tree of accounts with decayed usage.
///
/// Classic: F = 2^(-(U_E / S) / d), with S the product of shares over the path, U_E = U_A +
/// (U_E,parent - U_A) * S_child / sum(S_siblings). (Slurm documentation, classic_fair_share;
/// reference.md, section 1.) Fair tree: depth first by LevelFS = S / U among siblings. (Slurm
/// documentation, fair_tree.)
class FairShares {
 public:
  FairShares(const Tenants& tenants, const UsageLedger& ledger);

  /// Classic: U_E / S, 0 or more, infinite without shares. Costs the depth of the tree.
  double effective_usage_per_share(TenantId tenant, Time now) const;
  /// Classic: F, from 0 to 1.
  double classic_factor(TenantId tenant, Time now, double damping) const {
    return classic_factor(effective_usage_per_share(tenant, now), damping);
  }
  double classic_factor(double usage_per_share, double damping) const {
    return halving_(usage_per_share / damping);
  }
  /// Fair tree: of every leaf account, how many leaves rank before it; ties share a place. Other
  /// accounts have 0. Costs about one step an account when little has changed since the last call.
  const std::vector<std::uint32_t>& fair_tree_places(Time now);

 private:
  /// Effective usage, of the whole machine.
  double effective_usage(TenantId account, Time now) const;
  double level_share(TenantId account, Time now) const;

  const Tenants& tenants_;
  const UsageLedger& ledger_;
  Halving halving_;
  TreePlaces tree_;
  std::vector<double> share_;          ///< S of every account, normalised over the whole tree.
  std::vector<double> sibling_share_;  ///< Shares over the sum of the siblings' shares.
  std::vector<double> levels_;         ///< By account, as of the last ranking.
};

/// Usage looked at once in a period: equal for all times of one.
class UsageLooks {
 public:
  /// Without a half-life usage never fades; with a period of 0 every time is one of its own.
  /// `tenants` must outlive this.
  UsageLooks(const Tenants& tenants, std::optional<Duration> half_life, Duration calc_period);

  std::int64_t period(Time now) const;
  std::optional<Time> next_period(Time now) const;
  /// See FairShares; as of the first look in the period.
  double usage_per_share(TenantId tenant, Time now) const;
  const std::vector<std::uint32_t>& fair_tree_places(Time now) const;
  double classic_factor(TenantId tenant, Time now, double damping) const {
    return shares_.classic_factor(usage_per_share(tenant, now), damping);
  }

  void served(const Claim& claim, Time now) { hold(claim, 1, now); }
  void unserved(const Claim& claim, Time now) { hold(claim, -1, now); }

 private:
  void hold(const Claim& claim, int sign, Time now) {
    ledger_.hold(claim.tenant, sign * static_cast<std::int64_t>(claim.device_thousandths), now);
  }

  Duration calc_period_;
  UsageLedger ledger_;
  mutable FairShares shares_;  ///< Keeps its last ranking.
  mutable std::int64_t placed_in_ = -1;
  mutable const std::vector<std::uint32_t>* places_ = nullptr;  ///< In the period placed_in_.
  struct Look {
    std::int64_t period = -1;
    double usage_per_share = 0;
  };
  mutable std::vector<Look> looks_;  ///< By tenant.
};

}  // namespace tandem

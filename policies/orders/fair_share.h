// Who has used least of their share goes first, as Slurm computes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/order.h"
#include "policies/core/tenant.h"
#include "policies/core/usage.h"

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
  double classic_factor(TenantId tenant, Time now, double damping) const;
  /// Fair tree: of every leaf account, how many leaves rank before it; ties share a place. Other
  /// accounts have 0.
  std::vector<std::uint32_t> fair_tree_places(Time now) const;

 private:
  double level_share(TenantId account, Time now) const;
  struct Ranking;
  void visit(const std::vector<TenantId>& siblings, bool tied, Ranking& ranking) const;

  const Tenants& tenants_;
  const UsageLedger& ledger_;
  Halving halving_;
  std::vector<TenantId> top_;
  std::vector<std::vector<TenantId>> children_;
  std::vector<double> share_;         ///< S of every account, normalised over the whole tree.
  std::vector<double> sibling_share_; ///< Shares over the sum of the siblings' shares.
};

/// A lane for each tenant; lanes move when usage is looked at again, once in `calc_period`.
class FairShare final : public Order {
 public:
  enum class Algorithm { kClassic, kFairTree };
  struct Settings {
    Algorithm algorithm = Algorithm::kClassic;
    std::optional<Duration> half_life;
    Duration calc_period{};  ///< 0: at every decision.
    double damping = 1;
  };
  /// `tenants` must outlive the order.
  FairShare(const Tenants& tenants, const Settings& settings);

  Standing standing(const Claim& claim, Time now) const override;
  Rank offset(std::uint32_t lane, Time now) const override;
  std::int64_t epoch(Time now) const override;
  void served(const Claim& claim, Time now) override;
  void unserved(const Claim& claim, Time now) override;
  std::string why(const Claim& claim, Time now) const override;

 private:
  const Tenants& tenants_;
  Settings settings_;
  UsageLedger ledger_;
  FairShares shares_;
  mutable std::int64_t places_epoch_ = -1;
  mutable std::vector<std::uint32_t> places_;  ///< Of the fair tree, at places_epoch_.
};

}  // namespace tandem

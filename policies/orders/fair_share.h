// Who has used least of their share goes first, as Slurm computes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
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
  /// An account among its siblings, as the fair tree sorts them: high levels first, leaves before
  /// accounts of the same level.
  struct Sibling {
    double level = 0;
    bool leaf = true;
    TenantId id;
    friend bool operator<(const Sibling& a, const Sibling& b) {
      return std::tuple(-a.level, !a.leaf, a.id) < std::tuple(-b.level, !b.leaf, b.id);
    }
  };
  /// Effective usage, of the whole machine.
  double effective_usage(TenantId account, Time now) const;
  double level_share(TenantId account, Time now) const;
  /// Ranks the leaves below `siblings`. `tied`: the first shares the place of the last one ranked.
  void rank(std::vector<Sibling>& siblings, bool tied, Time now);

  const Tenants& tenants_;
  const UsageLedger& ledger_;
  Halving halving_;
  std::vector<Sibling> top_;  ///< Sorted as of the last ranking, like the children.
  std::vector<std::vector<Sibling>> children_;
  std::vector<double> share_;          ///< S of every account, normalised over the whole tree.
  std::vector<double> sibling_share_;  ///< Shares over the sum of the siblings' shares.
  std::vector<std::uint32_t> places_;
  std::uint32_t ranked_ = 0;      ///< Leaves that have a place.
  std::uint32_t last_place_ = 0;  ///< Of the leaf ranked last.
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
  std::optional<Time> next_epoch(Time now) const override;
  bool settles() const override { return false; }
  void served(const Claim& claim, Time now) override;
  void unserved(const Claim& claim, Time now) override;
  std::string why(const Claim& claim, Time now) const override;

 private:
  double usage_per_share(TenantId tenant, Time now) const;

  const Tenants& tenants_;
  Settings settings_;
  UsageLedger ledger_;
  mutable FairShares shares_;  ///< Keeps its last ranking.
  mutable std::int64_t places_epoch_ = -1;
  mutable const std::vector<std::uint32_t>* places_ = nullptr;  ///< At places_epoch_.
  /// Effective usage per share of a tenant, as of the first look in an epoch.
  struct Look {
    std::int64_t epoch = -1;
    double usage_per_share = 0;
  };
  mutable std::vector<Look> looks_;
};

}  // namespace tandem

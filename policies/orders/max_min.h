// Hierarchical weighted max-min fairness of devices held now, one admission at a time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "policies/core/order.h"
#include "policies/core/tenant.h"
#include "policies/orders/tree_places.h"

namespace tandem {

/// Among sibling accounts, those below their guarantee go first, by held / guaranteed; then the
/// others by (held - guaranteed) / shares, least first. Depth first down the tree, ties as one;
/// within a tenant by submission. Serving the lowest first fills up the levels like water.
/// (Bertsekas & Gallager, progressive filling; YARN's and Kueue's fair sharing; reference.md,
/// section 1.) Devices that a gang holds count from the moment it is asked to start, so that one
/// decision divides what is free: were levels looked at only once a decision, two queues of equal
/// weight could end at 3 : 1.
///
/// Serving may move every lane; the levels of all t accounts cost O(t) then. It does not settle:
/// gangs of one tenant may together be worth stopping for a wide one of another, and back.
class MaxMin final : public Order {
 public:
  /// `tenants` must outlive the order.
  explicit MaxMin(const Tenants& tenants);

  Standing standing(const Claim& claim, Time) const override {
    return {claim.tenant.value, 0, kForever};
  }
  Rank offset(std::uint32_t lane, Time now) const override;
  std::int64_t epoch(Time) const override { return changes_; }
  /// Whether the account, where the two part, would have a lower level with the waiting gang than
  /// the other has with its own.
  bool may_replace(const Contender& waiting, const Contender& served, Time now) const override;
  bool settles() const override { return false; }
  void served(const Claim& claim, Time now) override;
  void unserved(const Claim& claim, Time now) override;
  std::string why(const Claim& claim, Time now) const override;

 private:
  void hold(TenantId tenant, std::int64_t thousandths);
  /// Of an account that holds so much: below 0 if that is less than its guarantee.
  double level(TenantId account, std::int64_t held) const;

  const Tenants& tenants_;
  std::vector<std::int64_t> held_;  ///< By account, thousandths of devices, children included.
  std::vector<double> levels_;      ///< By account.
  std::int64_t changes_ = 0;        ///< Of what is held.
  mutable TreePlaces tree_;
  mutable std::int64_t placed_ = -1;  ///< The changes that `places_` knows of.
  mutable const std::vector<std::uint32_t>* places_ = nullptr;
};

}  // namespace tandem

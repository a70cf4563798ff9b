// Fairness among the tenants of one serving engine, counted in tokens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/order.h"
#include "policies/core/tenant.h"

namespace tandem {

/// Virtual token counter (Sheng et al., OSDI'24; reference.md, section 1): a tenant's counter grows
/// by w_in for each prompt token when a request is admitted and by w_out for each token of an
/// answer, over the tenant's shares; the tenant with the smallest counter goes first, within a
/// tenant by submission. A tenant that comes back is lifted to the smallest counter of those that
/// wait or, if nobody does, of whoever left the queue last; of those with this counter it goes
/// first, but for others who have just come back.
///
/// The counters of two tenants that both wait never differ by more than
/// max(w_in * longest prompt, w_out * tokens that the cache holds), over the shares.
class VirtualTokenCounter final : public Order {
 public:
  /// `tenants` must outlive the order; those without shares count as 1e-6 of one.
  VirtualTokenCounter(const Tenants& tenants, std::int64_t input_weight,
                      std::int64_t output_weight);

  Standing standing(const Claim& claim, Time) const override {
    return {claim.tenant.value, 0, kForever};
  }
  Rank offset(std::uint32_t lane, Time) const override { return counters_[lane]; }
  std::int64_t epoch(Time) const override { return changes_; }
  void waits(const Claim& claim, Time now) override;
  void waits_no_more(const Claim& claim, Time now) override;
  std::string why(const Claim& claim, Time now) const override;

  void charge_input(TenantId tenant, std::int64_t tokens) { charge(tenant, tokens, input_weight_); }
  void charge_output(TenantId tenant, std::int64_t tokens) {
    charge(tenant, tokens, output_weight_);
  }
  /// Requests of the tenant that wait.
  std::uint32_t waiting(TenantId tenant) const { return waiting_[tenant.value]; }
  /// Weighted tokens over shares.
  double counter(TenantId tenant) const;

 private:
  /// Counters are whole numbers of a millionth of a weighted token at one share.
  static constexpr double kUnits = 1e6;
  void charge(TenantId tenant, std::int64_t tokens, std::int64_t weight);
  /// What somebody who comes back is lifted to; nothing if nobody waits.
  std::optional<Rank> least_waiting() const;

  std::int64_t input_weight_;
  std::int64_t output_weight_;
  std::vector<std::int64_t> units_per_token_;  ///< By tenant.
  std::vector<Rank> counters_;
  std::vector<bool> is_lifted_;  ///< And not charged since.
  std::vector<std::uint32_t> waiting_;
  TenantId last_to_leave_;
  std::int64_t changes_ = 0;
};

}  // namespace tandem

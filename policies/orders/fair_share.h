// Who has used least of their share goes first, as Slurm computes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "policies/core/order.h"
#include "policies/core/tenant.h"
#include "policies/orders/share_usage.h"

namespace tandem {

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
  FairShare(const Tenants& tenants, const Settings& settings)
      : tenants_(tenants),
        settings_(settings),
        usage_(tenants, settings.half_life, settings.calc_period) {}

  Standing standing(const Claim& claim, Time) const override {
    return {claim.tenant.value, 0, kForever};
  }
  Rank offset(std::uint32_t lane, Time now) const override;
  std::int64_t epoch(Time now) const override { return usage_.period(now); }
  std::optional<Time> next_epoch(Time now) const override { return usage_.next_period(now); }
  bool settles() const override { return false; }
  void served(const Claim& claim, Time now) override { usage_.served(claim, now); }
  void unserved(const Claim& claim, Time now) override { usage_.unserved(claim, now); }
  std::string why(const Claim& claim, Time now) const override;

 private:
  const Tenants& tenants_;
  Settings settings_;
  UsageLooks usage_;
};

}  // namespace tandem

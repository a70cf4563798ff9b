#include "policies/orders/fair_share.h"

#include <fmt/format.h>

#include "policies/orders/ordered_bits.h"

namespace tandem {

Rank FairShare::offset(std::uint32_t lane, Time now) const {
  return settings_.algorithm == Algorithm::kClassic
             ? ordered_bits(usage_.usage_per_share(TenantId{lane}, now))
             : usage_.fair_tree_places(now)[lane];
}

std::string FairShare::why(const Claim& claim, Time now) const {
  const std::string& name = tenants_.at(claim.tenant).name;
  if (settings_.algorithm == Algorithm::kFairTree) {
    return fmt::format("{} is number {} of the fair tree", name,
                       usage_.fair_tree_places(now)[claim.tenant.value] + 1);
  }
  return fmt::format("{} has the best fair-share factor, {:.4g}", name,
                     usage_.classic_factor(claim.tenant, now, settings_.damping));
}

}  // namespace tandem

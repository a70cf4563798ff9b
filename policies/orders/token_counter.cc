#include "policies/orders/token_counter.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tandem {

VirtualTokenCounter::VirtualTokenCounter(const Tenants& tenants, std::int64_t input_weight,
                                         std::int64_t output_weight)
    : input_weight_(input_weight),
      output_weight_(output_weight),
      counters_(tenants.size()),
      is_lifted_(tenants.size()),
      waiting_(tenants.size()) {
  constexpr double kLeastShares = 1e-6;
  for (const Tenant& tenant : tenants.all()) {
    const double units = kUnits / std::max(tenant.shares, kLeastShares);
    units_per_token_.push_back(std::max<std::int64_t>(1, std::llround(units)));
  }
}

void VirtualTokenCounter::charge(TenantId tenant, std::int64_t tokens, std::int64_t weight) {
  counters_[tenant.value] += Rank{tokens} * weight * units_per_token_[tenant.value];
  is_lifted_[tenant.value] = false;
  ++changes_;
}

std::optional<Rank> VirtualTokenCounter::least_waiting() const {
  std::optional<Rank> least;
  for (std::size_t i = 0; i < counters_.size(); ++i) {
    if (waiting_[i] == 0) continue;
    // Equals go by submission: those of a backlog would be before it, for a whole step.
    const Rank before = counters_[i] - (is_lifted_[i] ? 0 : 1);
    if (!least || before < *least) least = before;
  }
  return least;
}

void VirtualTokenCounter::waits(const Claim& claim, Time) {
  const std::uint32_t tenant = claim.tenant.value;
  if (waiting_[tenant] == 0) {
    const Rank least = least_waiting().value_or(counters_[last_to_leave_.value]);
    if (counters_[tenant] <= least) {
      counters_[tenant] = least;
      is_lifted_[tenant] = true;
    }
    ++changes_;
  }
  ++waiting_[tenant];
}

void VirtualTokenCounter::waits_no_more(const Claim& claim, Time) {
  if (--waiting_[claim.tenant.value] == 0) last_to_leave_ = claim.tenant;
}

double VirtualTokenCounter::counter(TenantId tenant) const {
  return static_cast<double>(counters_[tenant.value]) / kUnits;
}

std::string VirtualTokenCounter::why(const Claim& claim, Time) const {
  return fmt::format("its tenant has had the least tokens, {:.6g} for each share",
                     counter(claim.tenant));
}

}  // namespace tandem

#include "executor/http/tenant_limits.h"

#include <fmt/format.h>

#include "executor/http/api_error.h"

namespace tandem {

TenantLimits::Place TenantLimits::enter(const std::string& tenant, TokenBucket::Time now) {
  State& state = states_[tenant];
  const auto limit = limits_.find(tenant);
  if (limit == limits_.end()) return Place(state.running);
  const auto& [per_minute, concurrent] = limit->second;
  if (concurrent && state.running >= *concurrent) {
    throw ApiError(429, fmt::format("tenant '{}' has {} requests running, which is its limit "
                                    "(concurrent_requests)",
                                    tenant, state.running))
        .coded("concurrent_requests")
        .again_in(std::chrono::seconds(1));
  }
  if (per_minute && !state.bucket) state.bucket.emplace(*per_minute, now);
  if (per_minute && !state.bucket->take(now)) {
    throw ApiError(429, fmt::format("tenant '{}' may ask {} times a minute (requests_per_minute)",
                                    tenant, *per_minute))
        .coded("requests_per_minute")
        .again_in(state.bucket->wait());
  }
  return Place(state.running);
}

}  // namespace tandem

// When a gang will have had so much.
#pragma once

#include "policies/core/order.h"

namespace tandem {

/// When a claim that computes will have attained `service`, more than it has, in
/// device-nanoseconds; forever if it does not compute, or has no devices.
inline Time time_of_attaining(const Claim& claim, Rank service, Time now) {
  if (claim.devices == 0 || claim.rate.ppm == 0) return kForever;
  const Rank work = (service - claim.attained() + claim.devices - 1) / claim.devices;
  if (work >= Duration::max().count()) return kForever;
  return later(now, claim.rate.time_for(Duration{static_cast<std::int64_t>(work)}));
}

}  // namespace tandem

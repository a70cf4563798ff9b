// How much service a gang has had, and when it will have had so much.
#pragma once

#include "policies/core/order.h"

namespace tandem {

/// Service in whole units. Few attain more than fits in 64 bits, where dividing is much faster.
inline Rank whole(Rank service, std::int64_t unit) {
  const auto narrow = static_cast<std::int64_t>(service);
  return narrow == service ? narrow / unit : service / unit;
}

/// When a claim that computes will have attained `service`, more than it has, in
/// device-nanoseconds; forever if it does not compute, or has no devices.
inline Time time_of_attaining(const Claim& claim, Rank service, Time now) {
  if (claim.devices == 0 || claim.rate.ppm == 0) return kForever;
  const Rank work = whole(service - claim.attained() + claim.devices - 1, claim.devices);
  if (work >= Duration::max().count()) return kForever;
  return later(now, claim.rate.time_for(Duration{static_cast<std::int64_t>(work)}));
}

}  // namespace tandem

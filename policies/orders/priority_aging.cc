#include "policies/orders/priority_aging.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/core/quantity_text.h"

namespace tandem {

// All ranks are multiplied by max_age in nanoseconds, so that they stay whole numbers:
// -rank = priority * max_age + weight * min(max_age, now - eligible).

Standing PriorityAging::standing(const Claim& claim, Time now) const {
  const Rank base = -Rank{claim.priority} * max_age_.count();
  if (now - claim.eligible >= max_age_) return {kCapped, base, kForever};
  const Rank eligible = claim.eligible.time_since_epoch().count();
  return {kAgeing, base + weight_ * eligible, later(claim.eligible, max_age_)};
}

Rank PriorityAging::offset(std::uint32_t lane, Time now) const {
  const Rank age = lane == kCapped ? max_age_.count() : now.time_since_epoch().count();
  return -age * weight_;
}

std::string PriorityAging::why(const Claim& claim, Time now) const {
  const double age = std::min(1.0, to_seconds(now - claim.eligible) / to_seconds(max_age_));
  const double aged = age * static_cast<double>(weight_);
  return fmt::format("highest priority, {:.6g} = {} + {:.6g} for its age",
                     static_cast<double>(claim.priority) + aged, claim.priority, aged);
}

std::string PriorityAging::promise(std::int64_t lowest_priority,
                                   std::int64_t highest_priority) const {
  const Rank gap = Rank{highest_priority} - lowest_priority;
  if (gap == 0) return "all base priorities are equal, so it orders by submission";
  if (gap > weight_) {
    return fmt::format(
        "a job of base priority {} may wait for ever behind fresh ones of {}: "
        "weight {} is less than the gap of {}",
        lowest_priority, highest_priority, weight_, gap);
  }
  const Rank bound = max_age_.count() * gap / weight_;  // At most max_age.
  return fmt::format(
      "a job of base priority {} goes before fresh ones of {} once it has waited "
      "{}",
      lowest_priority, highest_priority,
      human_duration(Duration{static_cast<std::int64_t>(bound)}));
}

}  // namespace tandem

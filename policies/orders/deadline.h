// Earliest deadline first.
#pragma once

#include <fmt/format.h>

#include <string>

#include "policies/core/order.h"
#include "policies/core/quantity_text.h"

namespace tandem {

/// By deadline; jobs without one after all others, by submission. (Liu & Layland 1973; optimal on
/// one server if jobs may be stopped: Dertouzos 1974.)
class EarliestDeadline final : public Order {
 public:
  Standing standing(const Claim& claim, Time) const override {
    return {0, claim.deadline.time_since_epoch().count(), kForever};
  }
  std::string why(const Claim& claim, Time now) const override {
    if (claim.deadline == kForever) return "nobody with a deadline waits, submitted first";
    const bool missed = claim.deadline < now;
    return fmt::format("earliest deadline, {}{}{}", missed ? "" : "in ",
                       human_duration(missed ? now - claim.deadline : claim.deadline - now),
                       missed ? " ago" : "");
  }
};

}  // namespace tandem

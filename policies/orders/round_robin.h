// Turns of equal length: gang time-slicing, together with preemption.
#pragma once

#include <fmt/format.h>

#include <string>

#include "policies/core/order.h"
#include "policies/core/quantity_text.h"

namespace tandem {

/// Whoever has waited longest since it last ran goes first; of those that began to wait at one
/// moment, those that never ran. A gang that runs goes before all who
/// wait until it has computed for a quantum, then after all of them. (Ousterhout 1982; Feitelson &
/// Rudolph 1992. `round-robin+preempt:min_runtime=0s` is gang time-slicing.)
///
/// It settles: a gang is stopped only after it has computed for a quantum, so between two stops of
/// one gang a quantum of its work is done, and all work comes to an end. A gang that has not begun
/// to compute, however long starting takes, has its quantum before it.
class RoundRobin final : public Order {
 public:
  explicit RoundRobin(Duration quantum) : quantum_(quantum) {}

  Standing standing(const Claim& claim, Time now) const override {
    if (!claim.is_served) {
      const bool has_run = claim.done > Duration::zero();
      return {0, 2 * Rank{claim.since.time_since_epoch().count()} + has_run, kForever};
    }
    if (claim.rate.ppm == 0) return {0, -kFar, kForever};
    const Time end = later(claim.since, quantum_);
    return now < end ? Standing{0, -kFar, end} : Standing{0, kFar, kForever};
  }
  std::string why(const Claim& claim, Time now) const override {
    return fmt::format("has waited longest for its turn, {}", human_duration(now - claim.since));
  }

 private:
  /// Farther than all times, twice.
  static constexpr Rank kFar = Rank{1} << 65;

  Duration quantum_;
};

}  // namespace tandem

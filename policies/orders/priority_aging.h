// Priorities that rise with waiting, up to a cap.
#pragma once

#include <cstdint>
#include <string>

#include "policies/core/order.h"

namespace tandem {

/// Slurm's multifactor priority with the age factor alone: P = priority + weight * min(1, age /
/// max_age), largest first, age since the job
/// became eligible: it does not grow while the job waits for others. (Slurm documentation,
/// priority_multifactor; reference.md, section 1.) A job of base priority p_low overtakes a fresh
/// one of p_high after max_age * (p_high - p_low) / weight if weight >= p_high - p_low, otherwise
/// never.
///
/// While it ages, a job's rank falls at a rate common to all, so ageing jobs keep their order:
/// they are one lane. Jobs at the cap are the other.
class PriorityAging final : public Order {
 public:
  PriorityAging(std::int64_t weight, Duration max_age) : weight_(weight), max_age_(max_age) {}

  Standing standing(const Claim& claim, Time now) const override;
  Rank offset(std::uint32_t lane, Time now) const override;
  std::int64_t epoch(Time now) const override { return now.time_since_epoch().count(); }
  std::string why(const Claim& claim, Time now) const override;
  std::string promise(std::int64_t lowest_priority, std::int64_t highest_priority) const override;

 private:
  enum Lane : std::uint32_t { kAgeing, kCapped };

  std::int64_t weight_;
  Duration max_age_;
};

}  // namespace tandem

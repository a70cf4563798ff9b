// Least attained service: whoever has had least goes first, as nobody knows how long jobs run.
#pragma once

#include <string>
#include <vector>

#include "policies/core/order.h"

namespace tandem {

/// By attained service, devices times executed time, in whole quanta; ties by submission. (Gu et
/// al., "Tiresias", NSDI'19, 2D-LAS; reference.md, section 1.)
///
/// It settles: attained service stays while a job waits, so a gang falls behind one that waits only
/// as it fills a quantum, and all jobs together fill so many.
class LeastAttained final : public Order {
 public:
  /// `quantum` of device-time, more than 0.
  explicit LeastAttained(Duration quantum) : quantum_(quantum.count()) {}

  Standing standing(const Claim& claim, Time now) const override;
  std::string why(const Claim& claim, Time now) const override;

 private:
  std::int64_t quantum_;
};

/// The same by queues: a job is in the queue after as many thresholds as it has attained, and goes
/// by submission inside a queue. (Tiresias, discretised 2D-LAS.)
///
/// So that nobody starves, a job that has waited `promote` times as long as it has executed goes
/// back to the first queue, and when it starts stays there until it has attained the first
/// threshold once more. (Tiresias, PromoteKnob.) It settles as above: a promoted gang does not fall
/// back before it has been served for a threshold.
class DiscretisedLeastAttained final : public Order {
 public:
  /// Thresholds of device-time, rising, at least one; `promote` 0: never.
  DiscretisedLeastAttained(const std::vector<Duration>& thresholds, std::int64_t promote);

  Standing standing(const Claim& claim, Time now) const override;
  std::string why(const Claim& claim, Time now) const override;

 private:
  Standing by_attained(const Claim& claim, Time now) const;
  /// How long a job waits until it is promoted; forever if it never is.
  Duration patience(Duration executed) const;

  std::vector<Rank> thresholds_;
  std::int64_t promote_;
};

}  // namespace tandem

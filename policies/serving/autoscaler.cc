#include "policies/serving/autoscaler.h"

#include <algorithm>
#include <cmath>

namespace tandem {

std::uint32_t Autoscaler::wanted(const Signals& signals, Time now) {
  const std::uint32_t wanted = std::clamp(wanted_now(signals), least_, most_);
  while (!lately_.empty() && lately_.back().second <= wanted) lately_.pop_back();
  lately_.emplace_back(now, wanted);
  while (later(lately_.front().first, settings_.patience) < now) lately_.pop_front();
  return lately_.front().second;
}

std::uint32_t Autoscaler::wanted_now(const Signals& signals) const {
  using Signal = AutoscaleSettings::Signal;
  if (signals.outstanding == 0) return 0;
  if (signals.replicas == 0) return 1;
  const auto outstanding = static_cast<double>(signals.outstanding);
  const auto capacity = static_cast<double>(signals.capacity);
  if (settings_.signal == Signal::kUtilisation) {
    return static_cast<std::uint32_t>(std::ceil(outstanding / (settings_.target * capacity)));
  }
  const double replicas = signals.replicas;
  const bool too_few = settings_.signal == Signal::kQueue
                           ? static_cast<double>(signals.waiting) > settings_.target * replicas
                           : static_cast<double>(signals.in_time) <
                                 settings_.target * static_cast<double>(signals.first_tokens);
  if (too_few) return signals.replicas + 1;
  const bool one_less_is_enough = signals.waiting == 0 && outstanding <= (replicas - 1) * capacity;
  return signals.replicas - (one_less_is_enough ? 1 : 0);
}

}  // namespace tandem

#include "policies/orders/least_attained.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/core/quantity_text.h"
#include "policies/orders/attained_service.h"

namespace tandem {
namespace {

std::string had(const Claim& claim) {
  return fmt::format("{} on {} {}", human_duration(claim.done), claim.devices,
                     claim.devices == 1 ? "device" : "devices");
}

}  // namespace

Standing LeastAttained::standing(const Claim& claim, Time now) const {
  const Rank level = whole(claim.attained(), quantum_);
  return {0, level, time_of_attaining(claim, (level + 1) * quantum_, now)};
}

std::string LeastAttained::why(const Claim& claim, Time) const {
  return fmt::format("least attained service, {}", had(claim));
}

DiscretisedLeastAttained::DiscretisedLeastAttained(const std::vector<Duration>& thresholds,
                                                   std::int64_t promote)
    : promote_(promote) {
  for (const Duration threshold : thresholds) thresholds_.push_back(threshold.count());
}

Duration DiscretisedLeastAttained::patience(Duration executed) const {
  if (promote_ == 0) return Duration::max();
  const Rank wait = Rank{executed.count()} * promote_;
  return Duration{static_cast<std::int64_t>(std::min<Rank>(wait, Duration::max().count()))};
}

Standing DiscretisedLeastAttained::by_attained(const Claim& claim, Time now) const {
  const auto next = std::ranges::upper_bound(thresholds_, claim.attained());
  const Time until = next == thresholds_.end() ? kForever : time_of_attaining(claim, *next, now);
  return {0, next - thresholds_.begin(), until};
}

Standing DiscretisedLeastAttained::standing(const Claim& claim, Time now) const {
  const Standing own = by_attained(claim, now);
  if (own.key == 0) return own;
  if (!claim.is_served) {
    const Time promotion = later(claim.since, patience(claim.done));
    return now >= promotion ? Standing{} : Standing{0, own.key, promotion};
  }
  Claim again = claim;
  again.done = claim.rate.work_in(now - claim.since);
  if (claim.waited < patience(claim.done - again.done)) return own;
  const Standing promoted = by_attained(again, now);
  return promoted.key == 0 ? promoted : own;
}

std::string DiscretisedLeastAttained::why(const Claim& claim, Time now) const {
  const Rank queue = standing(claim, now).key;
  const bool promoted = queue < by_attained(claim, now).key;
  return fmt::format("first in queue {} of {}, {} {}", static_cast<std::int64_t>(queue) + 1,
                     thresholds_.size() + 1, promoted ? "promoted after" : "has had", had(claim));
}

}  // namespace tandem

#include "policies/orders/run_time_predictor.h"

#include <algorithm>
#include <iterator>

namespace tandem {

Duration RunTimePredictor::predict(const Claim& claim) const {
  const auto& known = known_[claim.tenant.value].known;
  const auto later = std::ranges::lower_bound(known, claim.submitted, {}, &Known::since);
  return later == known.begin() ? claim.size : std::min(claim.size, std::prev(later)->mean);
}

void RunTimePredictor::finished(const Claim& claim, Time now) {
  History& history = known_[claim.tenant.value];
  const Duration before = history.known.empty() ? claim.done : history.last;
  history.known.push_back({now, before + (claim.done - before) / 2});
  history.last = claim.done;
}

}  // namespace tandem

// First-fit that cannot starve the widest gang: it holds a reservation that nobody may delay.
#pragma once

#include <string_view>

#include "policies/backfill/shadow.h"

namespace tandem {

/// Whoever fits starts, in order, unless that delays the waiting gang with the most devices, by the
/// estimates; of several, the first in order. That gang holds the only reservation: the first of
/// the queue has none of its own, and also may not delay it. When the widest has started, the next
/// widest holds the reservation. Whoever is never the widest can still wait without bound.
/// Ours; the reservation is EASY's.
class Largest final : public ShadowBackfill {
 public:
  using ShadowBackfill::ShadowBackfill;

  std::string_view name() const override { return "largest"; }
  bool decides_first() const override { return true; }
  void fill(Filling& filling, JobId head) override;
};

}  // namespace tandem

// What the users of a service were promised.
#pragma once

#include <cstdint>

#include "policies/core/units.h"

namespace tandem {

/// A percentile of the requests stays at or below a limit. A request meets it by itself if its own
/// figure does.
struct Objective {
  enum class Metric : std::uint8_t { kTtft, kTpot, kItl, kE2e };
  Metric metric = Metric::kTtft;
  double percentile = 99;
  Duration limit{};
  friend bool operator==(const Objective&, const Objective&) = default;
};

}  // namespace tandem

// Gaps between arrivals, as finely as a trace's clock tells them.
#pragma once

#include <span>
#include <vector>

#include "policies/core/units.h"

namespace tandem {

/// The shortest gap but 0 between neighbours: what the clock of a trace can tell apart, or less.
/// Zero if everything comes at once.
Duration resolution_of(std::span<const Time> arrivals);

/// Gaps in seconds between neighbours. `resolution`: times are rounded down to its multiples first;
/// zero: to none.
std::vector<double> gaps_of(std::span<const Time> arrivals, Duration resolution);

}  // namespace tandem

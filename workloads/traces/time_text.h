// Times as traces write them, read exactly: a trace's times decide the order of its jobs, so they
// never pass through floating point, a locale or a time zone.
#pragma once

#include <optional>
#include <string_view>

#include "policies/core/units.h"

namespace tandem {

/// Decimal seconds, "12", "-1", "0.25", "1.5e3": exact, what lies below a nanosecond rounded (half
/// away from zero). Nothing if it is no such number or does not fit in 292 years.
std::optional<Duration> parse_seconds(std::string_view text);

/// "YYYY-MM-DD HH:MM:SS", with up to nine digits of a fraction, as the time since 1970 began.
/// Nothing for anything else, for a day or time that does not exist, and outside 1970 to 2261.
std::optional<Duration> parse_wall_clock(std::string_view text);

}  // namespace tandem

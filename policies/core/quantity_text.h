// Quantities as people write them ("7 days", "80 GB", "0.5 h"), read exactly.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policies/core/units.h"

namespace tandem {

/// A number with the unit that followed it: "2.50 USD/device-hour" is {2.5, "USD/device-hour"}.
struct NumberWithUnit {
  double number = 0;
  std::string unit;
};

/// Splits a decimal number (with optional exponent) from its unit. Nothing if there is no finite
/// number in front. Independent of the locale.
std::optional<NumberWithUnit> split_unit(std::string_view text);

/// "90 s", "1.5h", "7 days": units ns, us, ms, s, min, h, day(s)/d, week(s)/w, year(s)/y (365
/// days). Nothing when the unit is missing or unknown, or the amount does not fit in 292 years.
/// Decimal fractions are exact to the nanosecond. The sign is kept.
std::optional<Duration> parse_duration(std::string_view text);

/// "80 GB" (1000-based: B, kB, MB, GB, TB, PB) or "80 GiB" (1024-based).
std::optional<Bytes> parse_bytes(std::string_view text);

/// A time for people: "850 ms", "12.3 s", "4.5 min", "3.1 h", "2.6 days".
std::string human_duration(Duration duration);

/// A duration that parse_duration reads back to the same nanosecond: "90s", "7d", "1500ms".
std::string exact_duration(Duration duration);

}  // namespace tandem

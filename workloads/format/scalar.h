// The kinds of single values a scenario is made of, each with its units, its wording in messages
// and its pattern in the JSON Schema, so that the three cannot drift apart.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/core/units.h"
#include "workloads/format/document.h"

namespace tandem {

enum class ScalarKind : std::uint8_t {
  kText,
  kName,  ///< Text without white space.
  kWord,  ///< One of a list.
  kBool,
  kInteger,
  kNumber,
  kDuration,
  kBytes,
  kRate,       ///< Events in a time: "40/h".
  kBandwidth,  ///< Bits in a time: "400 Gbps", "50 GB/s".
  kPrice,      ///< "2.50 USD/device-hour".
  kPower,      ///< "700 W".
  kCarbon,     ///< "380 g/kWh".
  kFactor,     ///< "x10".
};

struct ScalarType {
  std::string_view expected;   ///< "a duration such as '90 s' or '7 days'".
  std::string_view pattern;    ///< ECMAScript, for JSON Schema; empty where its own type says it.
  std::string_view base_unit;  ///< What amount() counts, for messages about ranges.
};
const ScalarType& scalar_type(ScalarKind kind);

/// The amount of a numeric kind in its base unit (1, ns, bytes, 1/s, bit/s, USD/h, W); 0 for the
/// kinds that are not numbers. Nothing if the value is not of this kind.
std::optional<double> amount(const Value& value, ScalarKind kind);

// Readers of values that have passed the check.

std::int64_t integer_of(const Value& value);
double number_of(const Value& value);
bool bool_of(const Value& value);
Duration duration_of(const Value& value);
Bytes bytes_of(const Value& value);
double rate_of(const Value& value);       ///< Per second.
double bandwidth_of(const Value& value);  ///< Bits per second.
double price_of(const Value& value);      ///< USD per device and hour.
double power_of(const Value& value);      ///< Watts.
double factor_of(const Value& value);
double carbon_of(const Value& value);  ///< Grams of CO2 equivalents for a kilowatt-hour.

}  // namespace tandem

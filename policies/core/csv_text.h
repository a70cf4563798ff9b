// The few texts that CSV files are made of, fast enough for a million rows.
#pragma once

#include <string>
#include <string_view>

#include "policies/core/units.h"

namespace tandem {

/// Appends seconds as an exact decimal without trailing zeros: 1.5 s is "1.5", 3 ns "0.000000003".
void append_seconds(std::string& out, Duration duration);

/// Appends a field, in quotes if it holds what would end it (RFC 4180).
void append_field(std::string& out, std::string_view text);

}  // namespace tandem

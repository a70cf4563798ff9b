// Figures as people read them: three digits, a unit that fits the size, no exponents.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "reports/metric.h"

namespace tandem {

/// "1.20 h", "93.0 %", "3.09 M"; with the half-width of an interval "1.20±0.10 h".
/// A half-width of zero is left out.
std::string human(double value, Unit unit, std::optional<double> half_width = {});

/// How many columns a terminal needs for a UTF-8 text without wide or combining characters.
std::size_t display_width(std::string_view text);

/// Breaks at spaces so that lines fit into `width`; lines after the first begin with `indent`. Ends
/// with a line break.
std::string wrapped(std::string_view text, std::size_t width, std::string_view indent = "");

}  // namespace tandem

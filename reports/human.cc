#include "reports/human.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

namespace tandem {
namespace {

struct Scale {
  double size;
  const char* unit;
};

constexpr Scale kTimes[] = {{86400, " days"}, {3600, " h"},  {60, " min"},
                            {1, " s"},        {1e-3, " ms"}, {1e-6, " us"}};
constexpr Scale kAmounts[] = {{1e9, " G"}, {1e6, " M"}, {1, ""}};
constexpr Scale kMasses[] = {{1e3, " t"}, {1, " kg"}, {1e-3, " g"}};
constexpr Scale kEnergies[] = {{1e6, " GWh"}, {1e3, " MWh"}, {1, " kWh"}};

Scale fitting(double value, std::span<const Scale> scales, Scale of_zero) {
  if (value == 0) return of_zero;
  for (const Scale& scale : scales) {
    if (std::fabs(value) >= scale.size) return scale;
  }
  return scales.back();
}

Scale scale_of(double value, Unit unit) {
  switch (unit) {
    case Unit::kSeconds: return fitting(value, kTimes, {1, " s"});
    case Unit::kFraction: return {0.01, " %"};
    case Unit::kKilowattHours: return fitting(value, kEnergies, {1, " kWh"});
    case Unit::kKilograms: return fitting(value, kMasses, {1, " kg"});
    case Unit::kPlain:
    case Unit::kCount:
    case Unit::kDeviceHours:
    case Unit::kMoney: return fitting(value, kAmounts, {1, ""});
  }
  return {1, ""};
}

/// Decimals that leave three digits of a number, and no more than three.
int decimals_of(double number) {
  const double size = std::fabs(number);
  if (size >= 99.95) return 0;
  if (size >= 9.995) return 1;
  return size >= 0.9995 || size == 0 ? 2 : 3;
}

}  // namespace

std::string human(double value, Unit unit, std::optional<double> half_width) {
  const Scale scale = scale_of(value, unit);
  const double number = value / scale.size;
  const bool whole = unit == Unit::kCount && scale.size == 1 && number == std::floor(number);
  const int decimals = (whole || value == 0) && !half_width.value_or(0) ? 0 : decimals_of(number);
  std::string text = fmt::format("{:.{}f}", number, decimals);
  if (half_width.value_or(0) != 0)
    text += fmt::format("±{:.{}f}", *half_width / scale.size, decimals);
  return text + scale.unit;
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;  // Not a continuation byte.
  }));
}

std::string wrapped(std::string_view text, std::size_t width, std::string_view indent) {
  std::string result;
  std::size_t column = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    const bool fits = column == 0 || column + 1 + display_width(word) <= width;
    if (!fits) {
      result.append("\n").append(indent);
      column = display_width(indent);
    } else if (column > 0) {
      result += ' ';
      ++column;
    }
    result += word;
    column += display_width(word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result + "\n";
}

}  // namespace tandem

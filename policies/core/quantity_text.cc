#include "policies/core/quantity_text.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>
#include <utility>

namespace tandem {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kDay = 86'400 * kSecond;
constexpr Unit kDurations[] = {{"ns", 1},
                               {"us", 1'000},
                               {"ms", 1'000'000},
                               {"s", kSecond},
                               {"sec", kSecond},
                               {"second", kSecond},
                               {"seconds", kSecond},
                               {"min", 60 * kSecond},
                               {"m", 60 * kSecond},
                               {"minute", 60 * kSecond},
                               {"minutes", 60 * kSecond},
                               {"h", 3'600 * kSecond},
                               {"hour", 3'600 * kSecond},
                               {"hours", 3'600 * kSecond},
                               {"d", kDay},
                               {"day", kDay},
                               {"days", kDay},
                               {"w", 7 * kDay},
                               {"week", 7 * kDay},
                               {"weeks", 7 * kDay},
                               {"year", 365 * kDay},
                               {"years", 365 * kDay},
                               {"y", 365 * kDay}};
constexpr Unit kBytes[] = {{"B", 1},
                           {"kB", 1'000},
                           {"KB", 1'000},
                           {"MB", 1'000'000},
                           {"GB", 1'000'000'000},
                           {"TB", 1'000'000'000'000},
                           {"PB", 1'000'000'000'000'000},
                           {"KiB", std::int64_t{1} << 10},
                           {"MiB", std::int64_t{1} << 20},
                           {"GiB", std::int64_t{1} << 30},
                           {"TiB", std::int64_t{1} << 40},
                           {"PiB", std::int64_t{1} << 50}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

__extension__ typedef __int128 Wide;
constexpr Wide kMostAmount = std::numeric_limits<std::int64_t>::max();

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "-12.345" times a whole unit, rounded to the nearest whole: exact, unlike doubles. Nothing if
/// there is anything but digits and a point, or if it does not fit.
std::optional<std::int64_t> decimal_times(std::string_view number, std::int64_t unit) {
  const bool negative = number.starts_with('-');
  if (negative || number.starts_with('+')) number.remove_prefix(1);
  Wide whole = 0;
  std::size_t at = 0;
  for (; at < number.size() && is_digit(number[at]); ++at) {
    whole = whole * 10 + (number[at] - '0');
    if (whole > kMostAmount) return std::nullopt;
  }
  Wide fraction = 0;
  Wide scale = 1;
  if (at < number.size() && number[at] == '.') {
    constexpr Wide kFinest = Wide{1'000'000'000} * 1'000'000'000;  // Further digits change nothing.
    for (++at; at < number.size() && is_digit(number[at]); ++at) {
      if (scale == kFinest) continue;
      fraction = fraction * 10 + (number[at] - '0');
      scale *= 10;
    }
  }
  if (at < number.size()) return std::nullopt;
  const Wide amount = whole * unit + (fraction * unit * 2 + scale) / (scale * 2);
  if (amount > kMostAmount) return std::nullopt;
  return static_cast<std::int64_t>(negative ? -amount : amount);
}

std::optional<std::int64_t> whole_amount(std::string_view text, std::span<const Unit> units) {
  const auto split = split_unit(text);
  if (!split) return std::nullopt;
  for (const Unit& unit : units) {
    if (unit.name != split->unit) continue;
    const std::string_view number =
        trimmed(trimmed(text).substr(0, trimmed(text).size() - split->unit.size()));
    if (const auto exact = decimal_times(number, unit.size)) return exact;
    // With an exponent, or too large.
    const double amount = split->number * static_cast<double>(unit.size);
    if (std::fabs(amount) > 9.2e18) return std::nullopt;
    return std::llround(amount);
  }
  return std::nullopt;
}

}  // namespace

std::optional<NumberWithUnit> split_unit(std::string_view text) {
  text = trimmed(text);
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  NumberWithUnit result;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.number);
  if (error != std::errc{} || !std::isfinite(result.number)) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  result.unit = trimmed(text);
  return result;
}

std::optional<Duration> parse_duration(std::string_view text) {
  if (trimmed(text) == "0") return Duration::zero();
  const auto amount = whole_amount(text, kDurations);
  return amount ? std::optional(Duration{*amount}) : std::nullopt;
}

std::optional<Bytes> parse_bytes(std::string_view text) {
  if (trimmed(text) == "0") return Bytes{0};
  const auto amount = whole_amount(text, kBytes);
  return amount ? std::optional(Bytes{*amount}) : std::nullopt;
}

std::string human_duration(Duration duration) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 6> kSteps{{{kDay, "days"},
                                                                        {3'600 * kSecond, "h"},
                                                                        {60 * kSecond, "min"},
                                                                        {kSecond, "s"},
                                                                        {1'000'000, "ms"},
                                                                        {1'000, "us"}}};
  const std::int64_t count = duration.count();
  const double size = std::fabs(static_cast<double>(count));
  for (const auto& [step, unit] : kSteps) {
    if (size >= static_cast<double>(step)) {
      return fmt::format("{:.3g} {}", static_cast<double>(count) / static_cast<double>(step), unit);
    }
  }
  return count == 0 ? "0 s" : fmt::format("{} ns", count);
}

std::string exact_duration(Duration duration) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 7> kSteps{{{kDay, "d"},
                                                                        {3'600 * kSecond, "h"},
                                                                        {60 * kSecond, "min"},
                                                                        {kSecond, "s"},
                                                                        {1'000'000, "ms"},
                                                                        {1'000, "us"},
                                                                        {1, "ns"}}};
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  for (const auto& [step, unit] : kSteps) {
    if (count % step == 0) return fmt::format("{}{}", count / step, unit);
  }
  return {};
}

}  // namespace tandem

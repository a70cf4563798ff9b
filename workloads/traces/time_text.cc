#include "workloads/traces/time_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>
#include <system_error>

namespace tandem {
namespace {

constexpr std::size_t kNanosecondDigits = 9;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Takes the leading digits off `text`.
std::string_view take_digits(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

/// The usual case in one pass: few digits, or few on either side of a point.
std::optional<Duration> parse_short(std::string_view text) {
  constexpr std::array<std::int64_t, kNanosecondDigits + 1> kScale = {
      1'000'000'000, 100'000'000, 10'000'000, 1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
  // Both bounds keep the numbers below 2^63.
  constexpr std::size_t kLongest = 18;
  constexpr std::int64_t kMostSeconds = 9'000'000'000;
  if (text.size() > kLongest) return std::nullopt;
  std::size_t at = 0;
  std::int64_t number = 0;
  for (; at < text.size() && is_digit(text[at]); ++at) number = number * 10 + (text[at] - '0');
  if (at == 0 || number > kMostSeconds) return std::nullopt;
  if (at < text.size() && text[at] == '.') ++at;
  const std::size_t fraction = at;
  for (; at < text.size() && is_digit(text[at]); ++at) number = number * 10 + (text[at] - '0');
  if (at < text.size() || at - fraction > kNanosecondDigits) return std::nullopt;
  return Duration{number * kScale[at - fraction]};
}

/// A decimal number taken apart.
struct Decimal {
  bool negative = false;
  std::string_view whole;
  std::string_view fraction;
  int exponent = 0;
};

std::optional<Decimal> split_decimal(std::string_view text) {
  Decimal decimal;
  decimal.negative = text.starts_with('-');
  if (decimal.negative) text.remove_prefix(1);
  decimal.whole = take_digits(text);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    decimal.fraction = take_digits(text);
  }
  if (decimal.whole.empty() && decimal.fraction.empty()) return std::nullopt;
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    // std::from_chars takes no plus sign.
    if (text.size() > 1 && text[0] == '+' && is_digit(text[1])) text.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), decimal.exponent);
    if (error != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return text.empty() ? std::optional(decimal) : std::nullopt;
}

/// Writes one more digit behind `number`; false if it would not fit.
bool append_digit(std::int64_t& number, int digit) {
  if (number > (std::numeric_limits<std::int64_t>::max() - digit) / 10) return false;
  number = number * 10 + digit;
  return true;
}

/// `length` digits at `start` as a number; -1 if there is anything else.
int digits_at(std::string_view text, std::size_t start, std::size_t length) {
  int number = 0;
  for (const char c : text.substr(start, length)) {
    if (!is_digit(c)) return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

/// The day that a wall-clock time starts with, as the time from 1970 to its midnight.
std::optional<Duration> parse_day(std::string_view text) {
  const int year = digits_at(text, 0, 4);
  const int month = digits_at(text, 5, 2);
  const int day = digits_at(text, 8, 2);
  // Wholly inside what 64 bits of nanoseconds hold, so that differences never overflow.
  if (year < 1970 || year > 2261 || month < 1 || day < 1) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year{year},
                                         std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days{date}.time_since_epoch();
}

/// What follows the seconds: nothing, or a point and up to nine digits.
std::optional<Duration> parse_fraction(std::string_view text) {
  if (text.empty()) return Duration::zero();
  const bool plain = text.front() == '.' && text.size() <= kNanosecondDigits + 1 &&
                     digits_at(text, 1, kNanosecondDigits) >= 0;
  return plain ? parse_seconds(text) : std::nullopt;
}

}  // namespace

std::optional<Duration> parse_seconds(std::string_view text) {
  if (const auto usual = parse_short(text)) return usual;
  const auto decimal = split_decimal(text);
  if (!decimal) return std::nullopt;
  // How many digits stand left of the point when the number counts nanoseconds.
  std::int64_t places =
      static_cast<std::int64_t>(decimal->whole.size() + kNanosecondDigits) + decimal->exponent;
  std::int64_t count = 0;
  bool round_up = false;
  for (const std::string_view part : {decimal->whole, decimal->fraction}) {
    for (const char c : part) {
      if (places > 0 && !append_digit(count, c - '0')) return std::nullopt;
      if (places == 0) round_up = c >= '5';
      --places;
    }
  }
  for (; places > 0 && count > 0; --places) {
    if (!append_digit(count, 0)) return std::nullopt;
  }
  if (round_up && count == std::numeric_limits<std::int64_t>::max()) return std::nullopt;
  count += round_up ? 1 : 0;
  return Duration{decimal->negative ? -count : count};
}

std::optional<Duration> parse_wall_clock(std::string_view text) {
  constexpr std::string_view kShape = "0000-00-00 00:00:00";
  if (text.size() < kShape.size()) return std::nullopt;
  for (const std::size_t mark : {4U, 7U, 10U, 13U, 16U}) {
    if (text[mark] != kShape[mark]) return std::nullopt;
  }
  const auto day = parse_day(text);
  const auto fraction = parse_fraction(text.substr(kShape.size()));
  const int hour = digits_at(text, 11, 2);
  const int minute = digits_at(text, 14, 2);
  const int second = digits_at(text, 17, 2);
  if (!day || !fraction || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 59) {
    return std::nullopt;
  }
  return *day + std::chrono::hours{hour} + std::chrono::minutes{minute} +
         std::chrono::seconds{second} + *fraction;
}

}  // namespace tandem

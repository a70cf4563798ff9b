#include "workloads/traces/field.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <system_error>

#include "workloads/traces/names.h"
#include "workloads/traces/time_text.h"

namespace tandem {
namespace {

/// Nothing, or a point and zeros.
bool is_zero_fraction(std::string_view text) {
  if (text.empty()) return true;
  return text.size() > 1 && text[0] == '.' &&
         std::all_of(text.begin() + 1, text.end(), [](char c) { return c == '0'; });
}

}  // namespace

void fail(const Field& field, std::string_view expected) {
  throw InputError(field.position(),
                   fmt::format("{} is {}: expected {}", field.name, shown(field.text), expected));
}

std::int64_t whole_number(const Field& field, std::int64_t least, std::int64_t most,
                          std::string_view expected) {
  const char* const end = field.text.data() + field.text.size();
  std::int64_t number = 0;
  const auto [rest, error] = std::from_chars(field.text.data(), end, number);
  const bool is_whole =
      error == std::errc{} && is_zero_fraction({rest, static_cast<std::size_t>(end - rest)});
  if (!is_whole || number < least || number > most) fail(field, expected);
  return number;
}

std::uint32_t device_count(const Field& field, std::uint32_t least) {
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(whole_number(field, least, kMost,
                                                 least == 0
                                                     ? "a whole number of devices, 0 or more"
                                                     : "a whole number of devices, 1 or more"));
}

Duration seconds(const Field& field) {
  const auto duration = parse_seconds(field.text);
  if (!duration || *duration < Duration::zero()) {
    fail(field, "seconds, 0 or more, less than 292 years");
  }
  return *duration;
}

std::string_view name_text(const Field& field) {
  if (!is_name(field.text)) {
    fail(field, "a name: UTF-8, not empty, without white space and control characters");
  }
  return field.text;
}

}  // namespace tandem

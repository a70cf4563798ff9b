#include "policies/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <sstream>
#include <utility>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "policies/core/quantity_text.h"

namespace tandem {

Settings::Settings(const PartInfo& info, std::map<std::string, std::string> values)
    : part_(info.name), values_(std::move(values)) {
  std::vector<std::string> known;
  for (const ParameterInfo& parameter : info.parameters) known.push_back(parameter.name);
  for (const auto& [key, value] : values_) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    throw InputError(fmt::format("policy '{}' has no parameter '{}'{}", info.name, key,
                                 known.empty() ? " (it has none)" : suggestion(key, known)));
  }
  for (const ParameterInfo& parameter : info.parameters) {
    values_.try_emplace(parameter.name, parameter.default_value);
  }
}

Duration Settings::duration(const std::string& key, Duration least) const {
  const auto value = parse_duration(text(key));
  if (!value || *value < least) fail(key, "a duration such as 7d or 90s");
  return *value;
}

std::vector<Duration> Settings::durations(const std::string& key) const {
  std::vector<Duration> values;
  std::istringstream pieces(text(key));
  for (std::string piece; std::getline(pieces, piece, '/');) {
    const auto value = parse_duration(piece);
    if (!value || *value < kLeastAge) fail(key, "durations such as 1h/10h");
    values.push_back(*value);
  }
  if (values.empty()) fail(key, "durations such as 1h/10h");
  return values;
}

std::vector<Duration> Settings::rising_durations(const std::string& key) const {
  std::vector<Duration> values = durations(key);
  const bool rise =
      std::ranges::adjacent_find(values, std::ranges::greater_equal()) == values.end();
  if (!rise) fail(key, "durations that rise, such as 1h/10h");
  return values;
}

std::int64_t Settings::whole(const std::string& key, std::int64_t least, std::int64_t most) const {
  std::int64_t value = 0;
  const std::string& digits = text(key);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  const bool good = error == std::errc{} && end == digits.data() + digits.size();
  if (!good || value < least || value > most) {
    fail(key, fmt::format("a whole number from {} to {}", least, most));
  }
  return value;
}

double Settings::positive(const std::string& key) const {
  const auto value = split_unit(text(key));
  if (!value || !value->unit.empty() || value->number <= 0) fail(key, "a number above 0");
  return value->number;
}

double Settings::not_negative(const std::string& key) const {
  const auto value = split_unit(text(key));
  if (!value || !value->unit.empty() || value->number < 0) fail(key, "a number, 0 or more");
  return value->number;
}

std::size_t Settings::choice(const std::string& key,
                             const std::vector<std::string>& choices) const {
  const auto found = std::find(choices.begin(), choices.end(), text(key));
  if (found == choices.end()) {
    throw InputError(fmt::format("policy parameter {}:{}={} is unknown{}", part_, key, text(key),
                                 suggestion(text(key), choices)));
  }
  return static_cast<std::size_t>(found - choices.begin());
}

void Settings::fail(const std::string& key, const std::string& expected) const {
  throw InputError(
      fmt::format("policy parameter {}:{}={}: expected {}", part_, key, text(key), expected));
}

}  // namespace tandem

// Reads "40/h", "400 Gbps" and their like.
#include "workloads/format/scalar.h"

#include <array>
#include <charconv>
#include <utility>

#include "policies/core/quantity_text.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

constexpr std::size_t kLongestName = 200;

#define TANDEM_NUMBER R"(^\s*\+?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*)"

constexpr ScalarType kTypes[] = {
    {"text", "", ""},
    {"a name without white space", R"(^[^\s\x00-\x20\x7f]{1,200}$)", ""},
    {"one of the known words", "", ""},
    {"true or false", "", ""},
    {"a whole number", "", ""},
    {"a number", "", ""},
    {"a duration such as '90 s' or '7 days'",
     TANDEM_NUMBER "(ns|us|ms|s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|w|weeks?|y|years?)"
                   R"(\s*$)",
     "ns"},
    {"an amount of bytes such as '80 GB' or '512 MiB'",
     TANDEM_NUMBER R"((B|kB|KB|MB|GB|TB|PB|KiB|MiB|GiB|TiB|PiB)\s*$)", "bytes"},
    {"a rate such as '40/h' or '0.5/s'", TANDEM_NUMBER R"(/\s*(s|min|h|day|d|week)\s*$)", "per s"},
    {"a bandwidth such as '400 Gbps' or '50 GB/s'",
     TANDEM_NUMBER R"(([kMGT]?(bps|b/s|bit/s)|[kMGT]?B/s)\s*$)", "bit/s"},
    {"a price such as '2.50 USD/device-hour'", TANDEM_NUMBER R"(USD/device-hour\s*$)",
     "USD/device-hour"},
    {"a power such as '700 W'", TANDEM_NUMBER R"((W|kW)\s*$)", "W"},
    {"emissions such as '380 g/kWh'", TANDEM_NUMBER R"(g/kWh\s*$)", "g/kWh"},
    {"a factor such as 'x10' or 'x0.5'", R"(^\s*x\s*\+?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*$)", ""},
};
#undef TANDEM_NUMBER

using Factor = std::pair<std::string_view, double>;
constexpr Factor kTimes[] = {{"s", 1.0},       {"min", 60.0},  {"h", 3600.0},
                             {"day", 86400.0}, {"d", 86400.0}, {"week", 604800.0}};
constexpr Factor kPrefixes[] = {{"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}};
constexpr Factor kBits[] = {{"bps", 1.0}, {"b/s", 1.0}, {"bit/s", 1.0}, {"B/s", 8.0}};

std::optional<double> parse_rate(std::string_view text) {
  const auto split = split_unit(text);
  if (!split || split->unit.empty() || split->unit[0] != '/') return std::nullopt;
  std::string_view unit = split->unit;
  unit.remove_prefix(1);
  while (!unit.empty() && unit[0] == ' ') unit.remove_prefix(1);
  for (const auto& [name, seconds] : kTimes) {
    if (unit == name) return split->number / seconds;
  }
  return std::nullopt;
}

std::optional<double> parse_bandwidth(std::string_view text) {
  const auto split = split_unit(text);
  if (!split) return std::nullopt;
  std::string_view unit = split->unit;
  double factor = 1;
  for (const auto& [prefix, size] : kPrefixes) {
    if (!unit.starts_with(prefix)) continue;
    factor = size;
    unit.remove_prefix(1);
    break;
  }
  for (const auto& [name, bits] : kBits) {
    if (unit == name) return split->number * factor * bits;
  }
  return std::nullopt;
}

std::optional<double> parse_price(std::string_view text) {
  const auto split = split_unit(text);
  if (!split || split->unit != "USD/device-hour") return std::nullopt;
  return split->number;
}

std::optional<double> parse_power(std::string_view text) {
  const auto split = split_unit(text);
  if (!split || (split->unit != "W" && split->unit != "kW")) return std::nullopt;
  return split->unit == "kW" ? split->number * 1000 : split->number;
}

std::optional<double> parse_carbon(std::string_view text) {
  const auto split = split_unit(text);
  if (!split || split->unit != "g/kWh") return std::nullopt;
  return split->number;
}

std::optional<double> parse_factor(std::string_view text) {
  const std::size_t start = text.find_first_not_of(' ');
  if (start == std::string_view::npos || text[start] != 'x') return std::nullopt;
  const auto split = split_unit(text.substr(start + 1));
  if (!split || !split->unit.empty()) return std::nullopt;
  return split->number;
}

std::optional<double> parse_integer(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<double>(number);
}

std::optional<double> parse_number(std::string_view text) {
  const auto split = split_unit(text);
  if (!split || !split->unit.empty()) return std::nullopt;
  return split->number;
}

template <class Amount>
std::optional<double> count_of(const std::optional<Amount>& amount) {
  if (!amount) return std::nullopt;
  if constexpr (std::is_same_v<Amount, Duration>) {
    return static_cast<double>(amount->count());
  } else {
    return static_cast<double>(amount->count);
  }
}

std::optional<double> zero_if(bool holds) { return holds ? std::optional(0.0) : std::nullopt; }

}  // namespace

const ScalarType& scalar_type(ScalarKind kind) { return kTypes[static_cast<std::size_t>(kind)]; }

std::optional<double> amount(const Value& value, ScalarKind kind) {
  if (value.kind != Value::Kind::kScalar) return std::nullopt;
  switch (kind) {
    case ScalarKind::kText:
    case ScalarKind::kWord: return 0.0;
    case ScalarKind::kName:
      return zero_if(is_name(value.text) && value.text.size() <= kLongestName);
    case ScalarKind::kBool:
      return zero_if(!value.quoted && (value.text == "true" || value.text == "false"));
    case ScalarKind::kInteger: return value.quoted ? std::nullopt : parse_integer(value.text);
    case ScalarKind::kNumber: return value.quoted ? std::nullopt : parse_number(value.text);
    case ScalarKind::kDuration: return count_of(parse_duration(value.text));
    case ScalarKind::kBytes: return count_of(parse_bytes(value.text));
    case ScalarKind::kRate: return parse_rate(value.text);
    case ScalarKind::kBandwidth: return parse_bandwidth(value.text);
    case ScalarKind::kPrice: return parse_price(value.text);
    case ScalarKind::kPower: return parse_power(value.text);
    case ScalarKind::kCarbon: return parse_carbon(value.text);
    case ScalarKind::kFactor: return parse_factor(value.text);
  }
  return std::nullopt;
}

std::int64_t integer_of(const Value& value) {
  std::string_view text = value.text;
  if (text.starts_with('+')) text.remove_prefix(1);
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

double number_of(const Value& value) { return parse_number(value.text).value_or(0); }
bool bool_of(const Value& value) { return value.text == "true"; }
Duration duration_of(const Value& value) {
  return parse_duration(value.text).value_or(Duration::zero());
}
Bytes bytes_of(const Value& value) { return parse_bytes(value.text).value_or(Bytes{}); }
double rate_of(const Value& value) { return parse_rate(value.text).value_or(0); }
double bandwidth_of(const Value& value) { return parse_bandwidth(value.text).value_or(0); }
double price_of(const Value& value) { return parse_price(value.text).value_or(0); }
double carbon_of(const Value& value) { return parse_carbon(value.text).value_or(0); }
double factor_of(const Value& value) { return parse_factor(value.text).value_or(1); }
double power_of(const Value& value) { return parse_power(value.text).value_or(0); }

}  // namespace tandem

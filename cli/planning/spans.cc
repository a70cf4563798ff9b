#include "cli/planning/spans.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <optional>
#include <string>

#include "policies/core/error.h"
#include "reports/planning/plan_report.h"

namespace tandem {
namespace {

struct Amount {
  double number = 0;
  std::string unit;  ///< What follows, without blanks.
};

std::optional<Amount> amount_in(std::string_view text) {
  Amount amount;
  while (text.starts_with(' ')) text.remove_prefix(1);
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, amount.number);
  if (read.ec != std::errc{} || !std::isfinite(amount.number) || amount.number < 0) {
    return std::nullopt;
  }
  for (const char* c = read.ptr; c != end; ++c) {
    if (*c != ' ') amount.unit += *c;
  }
  return amount;
}

[[noreturn]] void fail(const char* option, const char* expected, std::string_view text) {
  throw InputError(fmt::format("{}: expected {}, found '{}'", option, expected, text));
}

}  // namespace

double budget_per_hour(std::string_view text) {
  static const std::map<std::string, double> hours{
      {"USD", kHoursPerMonth}, {"USD/month", kHoursPerMonth},    {"USD/hour", 1}, {"USD/h", 1},
      {"USD/day", 24},         {"USD/year", 12 * kHoursPerMonth}};
  const auto amount = amount_in(text);
  const auto unit = amount ? hours.find(amount->unit) : hours.end();
  if (unit == hours.end()) {
    fail("--budget", "an amount such as '200000 USD/month', or /hour, /day, /year", text);
  }
  return amount->number / unit->second;
}

double growth_per_month(std::string_view text) {
  const auto amount = amount_in(text);
  const bool is_known = amount && (amount->unit == "%/month" || amount->unit == "%/year");
  if (!is_known || amount->number > 1000) {
    fail("--growth", "a growth such as '8 %/month' or '100 %/year'", text);
  }
  const double factor = 1 + amount->number / 100;
  return amount->unit == "%/month" ? factor : std::pow(factor, 1.0 / 12);
}

std::uint32_t horizon_months(std::string_view text) {
  const auto amount = amount_in(text);
  double months = 0;
  if (amount && (amount->unit == "months" || amount->unit == "month")) months = amount->number;
  if (amount && (amount->unit == "years" || amount->unit == "year")) months = 12 * amount->number;
  if (months < 1 || months > 120 || months != std::floor(months)) {
    fail("--horizon", "whole months up to ten years, such as '18 months'", text);
  }
  return static_cast<std::uint32_t>(months);
}

}  // namespace tandem

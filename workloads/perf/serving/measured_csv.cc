// Numbers by from_chars: the same in every locale.
#include "workloads/perf/serving/measured_csv.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "workloads/perf/serving/picoseconds.h"

namespace tandem {
namespace {

double number(const Field& field, double least, double most, const char* expected) {
  double value = 0;
  const char* const end = field.text.data() + field.text.size();
  const auto [rest, error] = std::from_chars(field.text.data(), end, value);
  const bool whole_field = error == std::errc{} && rest == end && !field.text.empty();
  if (!whole_field || !std::isfinite(value) || value < least || value > most) {
    fail(field, expected);
  }
  return value;
}

}  // namespace

double measured_count(const Field& field, std::int64_t least, std::int64_t most) {
  return static_cast<double>(
      whole_number(field, least, most, fmt::format("a whole number from {} to {}", least, most)));
}

double measured_number(const Field& field) {
  return number(field, 0, 1e9, "a number from 0 to 10^9");
}

double measured_seconds(const Field& field) {
  // Less than a picosecond is no measurement.
  return number(field, 1e-6, kLongestStepSeconds * 1e6, "microseconds, above 0, at most a day") /
         1e6;
}

}  // namespace tandem

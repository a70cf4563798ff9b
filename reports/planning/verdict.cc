#include "reports/planning/verdict.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>

#include "reports/statistics.h"

namespace tandem {
namespace {

double half_width(std::span<const double> values, double mean, double error) {
  if (values.size() < 2) return 0;
  const auto count = static_cast<double>(values.size());
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  if (squares == 0) return 0;
  const boost::math::students_t student(count - 1);
  return boost::math::quantile(boost::math::complement(student, error)) *
         std::sqrt(squares / (count - 1) / count);
}

}  // namespace

double VerdictRule::error() const {
  return (1 - confidence) / static_cast<double>(verdicts * looks.size());
}

std::vector<std::size_t> looks_up_to(std::size_t most, bool is_random) {
  if (!is_random) return {1};
  constexpr std::size_t kFirst = 5;
  std::vector<std::size_t> looks;
  for (std::size_t count = kFirst; count < most; count += (count + 1) / 2) looks.push_back(count);
  looks.push_back(most);
  return looks;
}

Judgement judge(const Slo& slo, std::span<const double> values, const VerdictRule& rule) {
  const auto is_infinite = [](double value) { return !std::isfinite(value); };
  const auto none = std::ranges::find_if(values, is_infinite);
  if (none != values.end()) return {SloVerdict::kMisses, *none, 0};
  Judgement result;
  result.mean = *mean_of(values);
  result.half_width = half_width(values, result.mean, rule.error());
  const double low = result.mean - result.half_width;
  const double high = result.mean + result.half_width;
  const bool low_meets = slo.is_met(low);
  if (low_meets == slo.is_met(high)) {
    result.verdict = low_meets ? SloVerdict::kMeets : SloVerdict::kMisses;
  }
  return result;
}

}  // namespace tandem

#include "reports/comparing/bootstrap.h"

#include <algorithm>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <boost/random/mersenne_twister.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>
#include <limits>
#include <utility>

#include "policies/core/check.h"

namespace tandem {
namespace {

constexpr std::uint64_t kSeed = 1;           // Equal input gives equal intervals.
constexpr double kHighestCorrelation = 0.9;  // Behind it there is no telling.

/// What each unit contributes: n times the whole less n - 1 times the whole without it.
std::vector<double> pseudo_values(const PairedStatistic& statistic, const SampledUnits& layout,
                                  double whole) {
  const auto n = static_cast<double>(layout.units);
  std::vector<std::uint8_t> weights(layout.strata * layout.units, 1);
  std::vector<double> values;
  for (std::uint8_t& weight : weights) {
    weight = 0;
    const double without = statistic.at(weights).difference();
    weight = 1;
    values.push_back(std::isfinite(without) ? n * whole - (n - 1) * without : whole);
  }
  return values;
}

/// Of neighbours within strata, its bias taken off; no less than 0.
double lag_one_correlation(const std::vector<double>& values, const SampledUnits& layout) {
  double products = 0;
  double squares = 0;
  for (std::size_t begin = 0; begin < values.size(); begin += layout.units) {
    double mean = 0;
    for (std::size_t i = 0; i < layout.units; ++i) mean += values[begin + i];
    mean /= static_cast<double>(layout.units);
    for (std::size_t i = 0; i < layout.units; ++i) {
      const double off = values[begin + i] - mean;
      squares += off * off;
      if (i > 0) products += off * (values[begin + i - 1] - mean);
    }
  }
  if (squares == 0) return 0;
  const double found = products / squares + 1 / static_cast<double>(layout.units);
  return std::clamp(found, 0.0, kHighestCorrelation);
}

/// By how much the variance of a mean is larger than that of independent units.
double inflation(double correlation) { return (1 + correlation) / (1 - correlation); }

double freedom_of(const SampledUnits& layout, double correlation) {
  const auto strata = static_cast<double>(layout.strata);
  const double units = static_cast<double>(layout.units) * strata;
  return std::max(1.0, units / inflation(correlation) - strata);
}

/// How many standard errors an interval reaches to each side.
double student_quantile(double freedom, double confidence) {
  const boost::math::students_t student(freedom);
  return boost::math::quantile(boost::math::complement(student, (1 - confidence) / 2));
}

/// By how much the ends of a percentile interval are moved out.
double expansion(const SampledUnits& layout, const PairedEstimate& estimate) {
  const auto n = static_cast<double>(layout.units);
  const double tail = (1 - estimate.confidence) / 2;
  const double t = student_quantile(estimate.freedom, estimate.confidence);
  const double z = boost::math::quantile(boost::math::complement(boost::math::normal(), tail));
  return t / z * std::sqrt(n / (n - 1) * inflation(estimate.correlation));
}

/// At place (n-1)*share of the ordered values, between neighbours linear; infinite values stay so.
double quantile(const std::vector<double>& sorted, double share) {
  const double place = static_cast<double>(sorted.size() - 1) * share;
  const auto whole = static_cast<std::size_t>(place);
  const double low = sorted[whole];
  const double high = sorted[std::min(whole + 1, sorted.size() - 1)];
  if (low == high || std::isinf(low) || place == static_cast<double>(whole)) return low;
  return low + (high - low) * (place - static_cast<double>(whole));
}

std::optional<Interval> interval_of(std::vector<double> values, double estimate, double widened,
                                    double confidence) {
  const auto is_number = [](double value) { return !std::isnan(value); };
  if (!std::isfinite(estimate) || !std::all_of(values.begin(), values.end(), is_number)) {
    return std::nullopt;
  }
  std::sort(values.begin(), values.end());
  const double tail = (1 - confidence) / 2;
  // A percentile interval may lie beside its estimate; one that is told with it has it inside.
  const double below = std::max(0.0, estimate - quantile(values, tail));
  const double above = std::max(0.0, quantile(values, 1 - tail) - estimate);
  return Interval{estimate - widened * below, estimate + widened * above};
}

/// No figure is below zero, so none loses more than all it has.
void hold_above_zero(PairedEstimate& estimate) {
  if (estimate.relative) estimate.relative->low = std::max(estimate.relative->low, -1.0);
  if (estimate.head) estimate.head->low = std::max(estimate.head->low, 0.0);
}

}  // namespace

Resamples::Resamples(SampledUnits layout) : layout_(layout) {
  CHECK(layout.units >= 2 && layout.strata >= 1, "{} units in {} strata", layout.units,
        layout.strata);
  const std::size_t all = layout.strata * layout.units;
  weights_.assign(kCount * all, 0);
  boost::random::mt19937_64 random(kSeed);
  boost::random::uniform_int_distribution<std::size_t> unit(0, layout.units - 1);
  for (std::size_t begin = 0; begin < weights_.size(); begin += layout.units) {
    for (std::size_t i = 0; i < layout.units; ++i) {
      std::uint8_t& weight = weights_[begin + unit(random)];
      if (weight < std::numeric_limits<std::uint8_t>::max()) ++weight;
    }
  }
}

Weights Resamples::weights(std::size_t resample) const {
  const std::size_t all = layout_.strata * layout_.units;
  return Weights(weights_).subspan(resample * all, all);
}

PairedEstimate paired_estimate(const PairedStatistic& statistic, const Resamples& resamples,
                               double confidence) {
  const SampledUnits& layout = resamples.layout();
  const std::vector<std::uint8_t> once(layout.strata * layout.units, 1);
  PairedEstimate result;
  result.value = statistic.at(once);
  if (layout.neighbours_depend) {
    const auto values = pseudo_values(statistic, layout, result.value.difference());
    result.correlation = lag_one_correlation(values, layout);
  }
  result.confidence = confidence;
  result.freedom = freedom_of(layout, result.correlation);
  std::vector<double> differences;
  std::vector<double> relatives;
  std::vector<double> heads;
  for (std::size_t i = 0; i < resamples.count(); ++i) {
    const Sides sides = statistic.at(resamples.weights(i));
    differences.push_back(sides.difference());
    relatives.push_back(sides.relative());
    heads.push_back(sides.head);
  }
  const double widened = expansion(layout, result);
  const auto interval = [&](std::vector<double>& values, double estimate) {
    return interval_of(std::move(values), estimate, widened, confidence);
  };
  result.difference = interval(differences, result.value.difference());
  result.relative = interval(relatives, result.value.relative());
  result.head = interval(heads, result.value.head);
  hold_above_zero(result);
  return result;
}

PairedEstimate at_confidence(PairedEstimate estimate, double confidence) {
  if (estimate.freedom == 0) return estimate;
  const double further = student_quantile(estimate.freedom, confidence) /
                         student_quantile(estimate.freedom, estimate.confidence);
  const auto move = [further](std::optional<Interval>& interval, double value) {
    if (!interval) return;
    interval->low = value - further * (value - interval->low);
    interval->high = value + further * (interval->high - value);
  };
  move(estimate.difference, estimate.value.difference());
  move(estimate.relative, estimate.value.relative());
  move(estimate.head, estimate.value.head);
  hold_above_zero(estimate);
  estimate.confidence = confidence;
  return estimate;
}

PairedEstimate exact_estimate(Sides value) {
  PairedEstimate result;
  result.value = value;
  const auto point = [](double number) {
    return std::isfinite(number) ? std::optional(Interval{number, number}) : std::nullopt;
  };
  result.difference = point(value.difference());
  result.relative = point(value.relative());
  result.head = point(value.head);
  return result;
}

}  // namespace tandem

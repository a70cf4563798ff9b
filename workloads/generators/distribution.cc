// Draws and means of the distributions.
#include "workloads/generators/distribution.h"

#include <algorithm>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/uniform_01.hpp>
#include <boost/random/uniform_int_distribution.hpp>
#include <cmath>

namespace tandem {
namespace {

/// The 99th percentile of the standard normal distribution.
constexpr double kNormalP99 = 2.3263478740408408;

double normal_cdf(double x) { return 0.5 * std::erfc(-x / std::sqrt(2.0)); }

double drawn(const LogNormal& shape, Stream& stream) {
  return std::exp(boost::random::normal_distribution<double>(shape.mu, shape.sigma)(stream));
}
double drawn(const Exponential& shape, Stream& stream) {
  return boost::random::exponential_distribution<double>(1 / shape.mean)(stream);
}
double drawn(const Deterministic& shape, Stream&) { return shape.value; }
double drawn(const Uniform& shape, Stream& stream) {
  return shape.min + (shape.max - shape.min) * boost::random::uniform_01<double>()(stream);
}
double drawn(const Empirical& shape, Stream& stream) {
  const auto& values = *shape.values;
  return values[boost::random::uniform_int_distribution<std::size_t>(0, values.size() - 1)(stream)];
}
double drawn(const Quantiles& shape, Stream& stream) {
  const auto& points = *shape.points;
  const double chance = boost::random::uniform_01<double>()(stream);
  const auto above = std::ranges::upper_bound(points, chance, {}, &Quantiles::Point::probability);
  const Quantiles::Point& high = above == points.end() ? points.back() : *above;
  const Quantiles::Point& low = *(above == points.end() ? above - 2 : above - 1);
  const double part = (chance - low.probability) / (high.probability - low.probability);
  return low.value * std::pow(high.value / low.value, part);
}

// E[min(X, max)] for each shape; max may be infinite.

double cut_mean(const LogNormal& shape, double max) {
  const double whole = std::exp(shape.mu + shape.sigma * shape.sigma / 2);
  if (std::isinf(max)) return whole;
  if (shape.sigma == 0) return std::min(whole, max);
  const double z = (std::log(max) - shape.mu) / shape.sigma;
  return whole * normal_cdf(z - shape.sigma) + max * normal_cdf(-z);
}
double cut_mean(const Exponential& shape, double max) {
  return std::isinf(max) ? shape.mean : -shape.mean * std::expm1(-max / shape.mean);
}
double cut_mean(const Deterministic& shape, double max) { return std::min(shape.value, max); }
double cut_mean(const Uniform& shape, double max) {
  if (max >= shape.max) return (shape.min + shape.max) / 2;
  if (max <= shape.min) return max;
  const double below = (max - shape.min) / (shape.max - shape.min);
  return below * (shape.min + max) / 2 + (1 - below) * max;
}
double cut_mean(const Empirical& shape, double max) {
  double sum = 0;
  for (const double value : *shape.values) sum += std::min(value, max);
  return sum / static_cast<double>(shape.values->size());
}
double cut_mean(const Quantiles& shape, double max) {
  double sum = 0;
  for (auto high = shape.points->begin() + 1; high != shape.points->end(); ++high) {
    const Quantiles::Point& low = *(high - 1);
    const double chance = high->probability - low.probability;
    if (low.value >= max || high->value == low.value) {
      sum += chance * std::min(low.value, max);
      continue;
    }
    // The mean of exp(x) over an interval of x is the rise of exp over the interval's length.
    const double length = std::log(high->value / low.value);
    const double top = std::min(high->value, max);
    const double below = std::log(top / low.value) / length;
    sum += chance * ((top - low.value) / length + (1 - below) * top);
  }
  return sum;
}

}  // namespace

LogNormal LogNormal::by_median_p99(double median, double p99) {
  return {std::log(median), std::log(p99 / median) / kNormalP99};
}

LogNormal LogNormal::by_mean_cv(double mean, double cv) {
  const double variance = std::log1p(cv * cv);
  return {std::log(mean) - variance / 2, std::sqrt(variance)};
}

double Distribution::draw(Stream& stream) const {
  return std::min(max_,
                  std::visit([&](const auto& shape) { return drawn(shape, stream); }, shape_));
}

double Distribution::mean() const {
  return std::visit([&](const auto& shape) { return cut_mean(shape, max_); }, shape_);
}

}  // namespace tandem

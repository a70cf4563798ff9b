#include "workloads/fitting/amount_fit.h"

#include <algorithm>
#include <boost/math/distributions/lognormal.hpp>
#include <cmath>
#include <memory>
#include <numbers>
#include <numeric>
#include <span>

#include "workloads/fitting/kolmogorov_smirnov.h"

namespace tandem {
namespace {

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

LogNormal likeliest_lognormal(std::span<const double> amounts) {
  std::vector<double> logs;
  for (const double amount : amounts) logs.push_back(std::log(amount));
  const double mu = mean_of(logs);
  for (double& value : logs) value = (value - mu) * (value - mu);
  return {mu, std::sqrt(mean_of(logs))};
}

/// Both per amount, of the likeliest parameters. A log-normal's density has the factor 1/amount.
double exponential_log_likelihood(const Exponential& shape) { return -std::log(shape.mean) - 1; }
double lognormal_log_likelihood(const LogNormal& shape) {
  return -shape.mu - std::log(shape.sigma) - 0.5 * std::log(2 * std::numbers::pi) - 0.5;
}

/// Between order statistics, as all percentiles of the product.
double quantile(std::span<const double> sorted, double probability) {
  const double place = probability * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

Quantiles sample_quantiles(std::span<const double> sorted) {
  constexpr int kSteps = 100;
  std::vector<double> probabilities;
  for (int i = 0; i < kSteps; ++i) probabilities.push_back(i / double{kSteps});
  for (const double probability : {0.995, 0.999, 0.9999, 1.0}) probabilities.push_back(probability);
  std::vector<Quantiles::Point> points;
  for (const double probability : probabilities) {
    const double value = quantile(sorted, probability);
    const std::size_t n = points.size();
    const bool is_level = n >= 2 && points[n - 1].value == value && points[n - 2].value == value;
    if (is_level) points.pop_back();
    points.push_back({probability, value});
  }
  return {std::make_shared<const std::vector<Quantiles::Point>>(std::move(points))};
}

Distribution::Shape fit_amounts(std::vector<double> amounts, double least) {
  for (double& amount : amounts) amount = std::max(amount, least);
  std::ranges::sort(amounts);
  if (amounts.front() == amounts.back()) return Deterministic{amounts.front()};
  const Exponential exponential{mean_of(amounts)};
  const LogNormal lognormal = likeliest_lognormal(amounts);
  const auto n = static_cast<double>(amounts.size());
  const double exponential_aic = 2 * (1 - n * exponential_log_likelihood(exponential));
  const double lognormal_aic = 2 * (2 - n * lognormal_log_likelihood(lognormal));
  const double critical = ks_critical(amounts.size());
  if (exponential_aic <= lognormal_aic) {
    const double distance = ks_distance_to(
        amounts, [&](double amount) { return -std::expm1(-amount / exponential.mean); });
    if (distance <= critical) return exponential;
  } else {
    const boost::math::lognormal known(lognormal.mu, lognormal.sigma);
    const double distance =
        ks_distance_to(amounts, [&](double amount) { return boost::math::cdf(known, amount); });
    if (distance <= critical) return lognormal;
  }
  return sample_quantiles(amounts);
}

}  // namespace tandem

// How far two samples are apart, or a sample from a distribution: the largest difference between
// their distribution functions.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace tandem {

/// The distance of Kolmogorov and Smirnov between two samples, from 0 to 1. Neither is empty. Equal
/// values count together, so that it holds for whole numbers, too.
double ks_distance(std::vector<double> one, std::vector<double> other);

/// The same between a sample, which is sorted and not empty, and a continuous distribution
/// function.
template <class Cdf>
double ks_distance_to(std::span<const double> sorted, Cdf cdf) {
  const auto n = static_cast<double>(sorted.size());
  double most = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const double below = cdf(sorted[i]);
    const auto place = static_cast<double>(i);
    most = std::max({most, (place + 1) / n - below, below - place / n});
  }
  return most;
}

/// The distance that two samples of one distribution exceed once in 20 times, if they are large:
/// sqrt(-ln(0.05 / 2) / 2) * sqrt(1/n + 1/m), that is 1.358 * sqrt(1/n + 1/m). (Smirnov, "Table for
/// Estimating the Goodness of Fit of Empirical Distributions", 1948.)
double ks_critical(std::size_t one, std::size_t other);
/// The same of a sample and a distribution: 1.358 / sqrt(n). Where the distribution was fitted to
/// the sample, it is exceeded more seldom.
double ks_critical(std::size_t one);

}  // namespace tandem

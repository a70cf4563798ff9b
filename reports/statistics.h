// The few statistics that every report is made of, each with one definition for the whole product.
#pragma once

#include <optional>
#include <span>
#include <vector>

namespace tandem {

/// Mean, percentiles and largest of a sample.
struct Percentiles {
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p95 = 0;
  double p99 = 0;
  double max = 0;
  friend bool operator==(const Percentiles&, const Percentiles&) = default;
};

/// Of all values, exactly. A percentile p lies at place (n-1)*p/100 of the ordered sample, linear
/// between its neighbours. Nothing for an empty sample.
std::optional<Percentiles> percentiles_of(std::vector<double> values);

/// The arithmetic mean, compensated so that it does not depend on how long the sample is. Nothing
/// for an empty sample.
std::optional<double> mean_of(std::span<const double> values);

/// Jain, Chiu and Hawe (1984): (sum x)^2 / (n * sum x^2), 1 when all are equal, 1/n when one has
/// all. Nothing when nobody has anything.
std::optional<double> jain_index(std::span<const double> values);

}  // namespace tandem

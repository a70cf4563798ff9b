#include "workloads/fitting/kolmogorov_smirnov.h"

#include <cmath>

namespace tandem {
namespace {

double critical_for(double inverse_sizes) {
  constexpr double kChance = 0.05;
  return std::sqrt(-std::log(kChance / 2) / 2 * inverse_sizes);
}

}  // namespace

double ks_distance(std::vector<double> one, std::vector<double> other) {
  std::ranges::sort(one);
  std::ranges::sort(other);
  const auto n = static_cast<double>(one.size());
  const auto m = static_cast<double>(other.size());
  double most = 0;
  for (std::size_t i = 0, j = 0; i < one.size() && j < other.size();) {
    const double value = std::min(one[i], other[j]);
    while (i < one.size() && one[i] == value) ++i;
    while (j < other.size() && other[j] == value) ++j;
    most = std::max(most, std::fabs(static_cast<double>(i) / n - static_cast<double>(j) / m));
  }
  return most;
}

double ks_critical(std::size_t one, std::size_t other) {
  return critical_for(1 / static_cast<double>(one) + 1 / static_cast<double>(other));
}

double ks_critical(std::size_t one) { return critical_for(1 / static_cast<double>(one)); }

}  // namespace tandem

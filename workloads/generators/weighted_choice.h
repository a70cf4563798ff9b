// One of several values, each as often as its weight says.
#pragma once

#include <boost/random/discrete_distribution.hpp>
#include <cstdint>
#include <utility>
#include <vector>

#include "workloads/generators/random.h"

namespace tandem {

template <class T>
class WeightedChoice {
 public:
  /// Always the same value, without a draw.
  explicit WeightedChoice(T value) : values_{std::move(value)} {}
  /// At least one weight is above 0.
  WeightedChoice(std::vector<T> values, const std::vector<double>& weights)
      : values_(std::move(values)), index_(weights.begin(), weights.end()) {}

  const T& draw(Stream& stream) const { return is_random() ? values_[index_(stream)] : values_[0]; }
  bool is_random() const { return values_.size() > 1; }
  const std::vector<T>& values() const { return values_; }

  /// The mean of `amount(value)`.
  template <class Amount>
  double mean(Amount amount) const {
    if (!is_random()) return amount(values_[0]);
    const std::vector<double> shares = index_.probabilities();
    double sum = 0;
    for (std::size_t i = 0; i < values_.size(); ++i) sum += shares[i] * amount(values_[i]);
    return sum;
  }

 private:
  std::vector<T> values_;
  boost::random::discrete_distribution<std::uint32_t, double> index_;
};

}  // namespace tandem

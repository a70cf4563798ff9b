// Distributions of positive amounts: run times in seconds, or the factors of estimates.
#pragma once

#include <boost/random/normal_distribution.hpp>
#include <limits>
#include <memory>
#include <variant>
#include <vector>

#include "workloads/generators/random.h"

namespace tandem {

struct LogNormal {
  double mu = 0;
  double sigma = 0;
  static LogNormal by_median_p99(double median, double p99);
  static LogNormal by_mean_cv(double mean, double cv);
};
struct Exponential {
  double mean = 1;
};
struct Deterministic {
  double value = 1;
};
struct Uniform {
  double min = 0;
  double max = 1;
};
/// Each of the values equally often; shared, since there may be millions.
struct Empirical {
  std::shared_ptr<const std::vector<double>> values;
};

/// Drawn by its quantiles: `value` of each point is the quantile of its `probability`. Points are
/// ordered by both, from probability 0 to 1; between two of them the logarithm of the amount is
/// linear in the probability (inverse transform sampling: Devroye, "Non-Uniform Random Variate
/// Generation", 1986, II.2).
struct Quantiles {
  struct Point {
    double probability = 0;
    double value = 1;
  };
  std::shared_ptr<const std::vector<Point>> points;
};

/// A positive random amount, cut to `max`. A cut keeps every draw, so that its mean is known in
/// closed form and a target load is met; drawing again would change the distribution below `max`.
class Distribution {
 public:
  using Shape = std::variant<LogNormal, Exponential, Deterministic, Uniform, Empirical, Quantiles>;

  Distribution(Shape shape = Deterministic{}, double max = std::numeric_limits<double>::infinity())
      : shape_(std::move(shape)), max_(max) {}

  double draw(Stream& stream) const;
  /// Of the cut amount, exactly.
  double mean() const;
  const Shape& shape() const { return shape_; }
  bool is_random() const { return !std::holds_alternative<Deterministic>(shape_); }

 private:
  Shape shape_;
  double max_;
};

}  // namespace tandem

// When jobs are submitted.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "policies/core/units.h"
#include "workloads/generators/distribution.h"
#include "workloads/generators/random.h"

namespace tandem {

// Rates are mean arrivals per second, over a whole day or week where they vary.

/// How much more often than on average things come, hour by hour from the start of the run, again
/// and again: weights of mean 1. Null: always as often.
using Hours = std::shared_ptr<const std::vector<double>>;

struct PoissonArrivals {
  double rate = 0;
  Hours hours = {};
};
/// Gamma-distributed gaps with coefficient of variation `cv`.
struct GammaArrivals {
  double rate = 0;
  double cv = 1;
  Hours hours = {};
};
/// Weibull-distributed gaps.
struct WeibullArrivals {
  double rate = 0;
  double shape = 1;
  Hours hours = {};
};
/// Gaps drawn from any distribution, in a unit of its own: their mean is what the rate says.
struct QuantileArrivals {
  double rate = 0;
  Distribution gap;
  Hours hours = {};
};
/// Poisson with rate * (1 + amplitude * cos(2 pi (t - peak) / 1 day)).
struct DiurnalArrivals {
  double rate = 0;
  double amplitude = 0.8;
  double peak_s = 0;
};
struct EqualGaps {
  double rate = 0;  ///< Infinite: all at once.
};

using ArrivalShape = std::variant<PoissonArrivals, GammaArrivals, WeibullArrivals, QuantileArrivals,
                                  DiurnalArrivals, EqualGaps>;

double rate_of(const ArrivalShape& shape);
void set_rate(ArrivalShape& shape, double rate);
/// Null for a shape that has none.
Hours hours_of(const ArrivalShape& shape);
/// Does nothing to a shape that can have none.
void set_hours(ArrivalShape& shape, Hours hours);
bool is_random(const ArrivalShape& shape);

/// The arrival times of one source, one after the other.
class ArrivalProcess {
 public:
  ArrivalProcess(const ArrivalShape& shape, Time start, Stream stream)
      : shape_(shape), start_(start), now_(start), stream_(stream), mean_gap_(mean_gap_of(shape)) {}

  /// The next arrival, never before the last one; kEnd if it would be later still.
  Time next();

  /// A run's arrivals stop here: times and sums of them stay far from overflow.
  static constexpr Time kEnd{std::chrono::hours{24 * 365 * 100}};

 private:
  static double mean_gap_of(const ArrivalShape& shape);
  Time next_of(const PoissonArrivals& shape);
  Time next_of(const GammaArrivals& shape);
  Time next_of(const WeibullArrivals& shape);
  Time next_of(const QuantileArrivals& shape);
  Time next_of(const DiurnalArrivals& shape);
  Time next_of(const EqualGaps& shape);
  Time after(double gap_s) const;
  Time after(double gap_s, const Hours& hours) const;

  ArrivalShape shape_;
  Time start_;
  Time now_;
  Stream stream_;
  double mean_gap_;  // In the unit of a distribution of gaps, if there is one.
  std::uint64_t count_ = 0;
};

}  // namespace tandem

// When jobs are submitted.
#pragma once

#include <cstdint>
#include <variant>

#include "policies/core/units.h"
#include "workloads/generators/random.h"

namespace tandem {

// Rates are mean arrivals per second, over a whole day where they vary.

struct PoissonArrivals {
  double rate = 0;
};
/// Gamma-distributed gaps with coefficient of variation `cv`.
struct GammaArrivals {
  double rate = 0;
  double cv = 1;
};
/// Weibull-distributed gaps.
struct WeibullArrivals {
  double rate = 0;
  double shape = 1;
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

using ArrivalShape =
    std::variant<PoissonArrivals, GammaArrivals, WeibullArrivals, DiurnalArrivals, EqualGaps>;

double rate_of(const ArrivalShape& shape);
void set_rate(ArrivalShape& shape, double rate);
bool is_random(const ArrivalShape& shape);

/// The arrival times of one source, one after the other.
class ArrivalProcess {
 public:
  ArrivalProcess(const ArrivalShape& shape, Time start, Stream stream)
      : shape_(shape), start_(start), now_(start), stream_(stream) {}

  /// The next arrival, never before the last one; kEnd if it would be later still.
  Time next();

  /// A run's arrivals stop here: times and sums of them stay far from overflow.
  static constexpr Time kEnd{std::chrono::hours{24 * 365 * 100}};

 private:
  Time next_of(const PoissonArrivals& shape);
  Time next_of(const GammaArrivals& shape);
  Time next_of(const WeibullArrivals& shape);
  Time next_of(const DiurnalArrivals& shape);
  Time next_of(const EqualGaps& shape);
  Time after(double gap_s) const;

  ArrivalShape shape_;
  Time start_;
  Time now_;
  Stream stream_;
  std::uint64_t count_ = 0;
};

}  // namespace tandem

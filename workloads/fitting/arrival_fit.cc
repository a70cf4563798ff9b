// Log likelihoods in closed form where there is one; Boost's minimiser of Brent for the shapes.
#include "workloads/fitting/arrival_fit.h"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <functional>
#include <numeric>
#include <utility>

#include "policies/core/error.h"
#include "workloads/fitting/amount_fit.h"
#include "workloads/fitting/gaps.h"
#include "workloads/fitting/kolmogorov_smirnov.h"

namespace tandem {
namespace {

constexpr double kHourSeconds = 3600;
constexpr double kShortestGap = 1e-9;  // Seconds; as fine as times are.

/// What the likelihoods of gaps need to know of them.
struct Gaps {
  explicit Gaps(std::span<const double> gaps) : values(gaps) {
    for (const double gap : gaps) {
      sum += gap;
      sum_of_logs += std::log(gap);
    }
  }
  double count() const { return static_cast<double>(values.size()); }
  double mean() const { return sum / count(); }

  std::span<const double> values;
  double sum = 0;
  double sum_of_logs = 0;
};

double exponential_log_likelihood(const Gaps& gaps) {
  return -gaps.count() * (std::log(gaps.mean()) + 1);
}

/// Of shape k and scale mean/k.
double gamma_log_likelihood(const Gaps& gaps, double k) {
  return (k - 1) * gaps.sum_of_logs -
         gaps.count() * (k + k * std::log(gaps.mean() / k) + boost::math::lgamma(k));
}

/// Of shape k and scale mean/gamma(1 + 1/k).
double weibull_log_likelihood(const Gaps& gaps, double k) {
  const double scale = gaps.mean() / std::tgamma(1 + 1 / k);
  double sum_of_powers = 0;
  for (const double gap : gaps.values) sum_of_powers += std::pow(gap / scale, k);
  return gaps.count() * (std::log(k) - k * std::log(scale)) + (k - 1) * gaps.sum_of_logs -
         sum_of_powers;
}

/// The argument from `least` to `most`, both positive, at which `value` is greatest: by Brent's
/// method over its logarithm.
double greatest_at(const std::function<double(double)>& value, double least, double most) {
  constexpr int kBits = 26;  // Half of a double's: more cannot be had of a maximum.
  const auto negated = [&](double logarithm) { return -value(std::exp(logarithm)); };
  return std::exp(
      boost::math::tools::brent_find_minima(negated, std::log(least), std::log(most), kBits).first);
}

/// The bounds of scenario files: cv from 0.01 to 100, Weibull shapes from 0.1 to 100.
double best_gamma(const Gaps& gaps) {
  return greatest_at([&](double k) { return gamma_log_likelihood(gaps, k); }, 1e-4, 1e4);
}
double best_weibull(const Gaps& gaps) {
  return greatest_at([&](double k) { return weibull_log_likelihood(gaps, k); }, 0.1, 100);
}

/// Seconds; arrivals of one tick are spread over it.
std::vector<double> spread(std::span<const Time> arrivals) {
  const double tick = to_seconds(resolution_of(arrivals));
  std::vector<double> times;
  times.reserve(arrivals.size());
  for (std::size_t start = 0; start < arrivals.size();) {
    std::size_t end = start;
    while (end < arrivals.size() && arrivals[end] == arrivals[start]) ++end;
    for (std::size_t i = start; i < end; ++i) {
      const double part = static_cast<double>(i - start) / static_cast<double>(end - start);
      times.push_back(to_seconds(arrivals[i]) + part * tick);
    }
    start = end;
  }
  return times;
}

/// How often things come in each of `period` hours, over the mean; an hour that was never seen is
/// as the mean.
std::vector<double> hour_weights(std::span<const double> times, std::size_t period) {
  std::vector<double> counts(period);
  std::vector<double> seconds(period);
  const auto hour_of = [&](double time) {
    return static_cast<std::size_t>(time / kHourSeconds) % period;
  };
  for (const double time : times) ++counts[hour_of(time)];
  const double end = times.back();
  for (double from = 0; from < end; from += kHourSeconds) {
    seconds[hour_of(from + kHourSeconds / 2)] += std::min(kHourSeconds, end - from);
  }
  const double mean = static_cast<double>(times.size()) / end;
  std::vector<double> weights(period, 1);
  for (std::size_t i = 0; i < period; ++i) {
    if (seconds[i] > 0) weights[i] = counts[i] / seconds[i] / mean;
  }
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight *= static_cast<double>(period) / sum;
  return weights;
}

/// Arrivals in a time that runs as fast as they come.
class Rescaled {
 public:
  /// Without weights, in their own time.
  Rescaled(std::span<const double> times, const Hours& hours) {
    double passed = 0;  // In the new time, at the start of the current hour.
    std::size_t hour = 0;
    double last = 0;
    gaps_.reserve(times.size() - 1);
    for (std::size_t i = 0; i < times.size(); ++i) {
      while (hours && times[i] >= static_cast<double>(hour + 1) * kHourSeconds) {
        passed += weight(hours, hour++) * kHourSeconds;
      }
      const double now = hours ? passed + weight(hours, hour) *
                                              (times[i] - static_cast<double>(hour) * kHourSeconds)
                               : times[i];
      if (i > 0) {
        gaps_.push_back(std::max(kShortestGap, now - last));
        if (hours) log_weights_ += std::log(weight(hours, hour));
      }
      last = now;
    }
  }

  const std::vector<double>& gaps() const { return gaps_; }
  /// Of all arrivals but the first, whose densities they are factors of.
  double log_weights() const { return log_weights_; }

 private:
  static double weight(const Hours& hours, std::size_t hour) {
    return (*hours)[hour % hours->size()];
  }

  std::vector<double> gaps_;
  double log_weights_ = 0;
};

using Cdf = std::function<double(double)>;

/// Of gaps in the new time.
Cdf cdf_of(const PoissonArrivals& shape) {
  return [rate = shape.rate](double gap) { return -std::expm1(-rate * gap); };
}
Cdf cdf_of(const GammaArrivals& shape) {
  const double k = 1 / (shape.cv * shape.cv);
  return [k, rate = shape.rate](double gap) { return boost::math::gamma_p(k, k * rate * gap); };
}
Cdf cdf_of(const WeibullArrivals& shape) {
  const double scale = 1 / (shape.rate * std::tgamma(1 + 1 / shape.shape));
  return [k = shape.shape, scale](double gap) { return -std::expm1(-std::pow(gap / scale, k)); };
}

struct Candidate {
  ArrivalShape shape;
  double aic = 0;
  Cdf cdf;
};

template <class Shape>
Candidate candidate(const Shape& shape, double parameters, double log_likelihood) {
  return {shape, 2 * (parameters - log_likelihood), cdf_of(shape)};
}

/// The best family under these weights.
Candidate best_family(std::span<const double> times, const Hours& hours) {
  const Rescaled rescaled(times, hours);
  const Gaps gaps(rescaled.gaps());
  const double rate = 1 / gaps.mean();
  const double gamma = best_gamma(gaps);
  const double weibull = best_weibull(gaps);
  const double own = hours ? static_cast<double>(hours->size()) : 1;  // The rate is one of them.
  const double weights = rescaled.log_weights();
  const Candidate candidates[] = {
      candidate(PoissonArrivals{rate, hours}, own, exponential_log_likelihood(gaps) + weights),
      candidate(GammaArrivals{rate, 1 / std::sqrt(gamma), hours}, own + 1,
                gamma_log_likelihood(gaps, gamma) + weights),
      candidate(WeibullArrivals{rate, weibull, hours}, own + 1,
                weibull_log_likelihood(gaps, weibull) + weights)};
  return *std::ranges::min_element(candidates, {}, &Candidate::aic);
}

/// The periods of hours that so many seconds tell something of.
std::vector<std::size_t> periods_of(double seconds) {
  constexpr std::size_t kDay = 24;
  constexpr std::size_t kWeek = 168;
  constexpr std::size_t kYear = 366 * kDay;
  const double hours = seconds / kHourSeconds;
  std::vector<std::size_t> periods;
  for (const std::size_t period : {kDay, kWeek}) {
    if (hours >= 3 * static_cast<double>(period)) periods.push_back(period);
  }
  const std::size_t all = kDay * (static_cast<std::size_t>(hours) / kDay + 1);
  if (!periods.empty() && all <= kYear) periods.push_back(all);
  return periods;
}

/// The family's shape, or the quantiles of what it does not meet.
ArrivalShape met_by(const Candidate& best, std::span<const double> times) {
  const Hours hours = hours_of(best.shape);
  std::vector<double> gaps = Rescaled(times, hours).gaps();
  std::ranges::sort(gaps);
  if (ks_distance_to(gaps, best.cdf) <= ks_critical(gaps.size())) return best.shape;
  return QuantileArrivals{rate_of(best.shape), Distribution(sample_quantiles(gaps)), hours};
}

}  // namespace

double gamma_shape(std::span<const double> gaps) { return best_gamma(Gaps(gaps)); }
double weibull_gap_shape(std::span<const double> gaps) { return best_weibull(Gaps(gaps)); }

ArrivalShape fit_arrivals(std::span<const Time> arrivals) {
  constexpr std::size_t kFewest = 10;
  if (arrivals.size() < kFewest) {
    throw InputError("there is too little to fit anything to: fewer than 10 arrivals");
  }
  if (arrivals.back() == arrivals.front()) {
    throw InputError("everything came at once: there are no gaps to fit anything to");
  }
  const std::vector<double> times = spread(arrivals);
  Candidate best = best_family(times, nullptr);
  for (const std::size_t period : periods_of(times.back())) {
    const auto hours = std::make_shared<const std::vector<double>>(hour_weights(times, period));
    Candidate with_hours = best_family(times, hours);
    if (with_hours.aic < best.aic) best = std::move(with_hours);
  }
  return met_by(best, times);
}

}  // namespace tandem

#include "workloads/requests/client_arrivals.h"

#include <algorithm>
#include <boost/random/exponential_distribution.hpp>
#include <boost/random/gamma_distribution.hpp>
#include <cmath>

namespace tandem {

double weibull_shape(double cv) {
  // It falls as the shape grows; between these it goes from above 2000 to about 0.01.
  double low = 0.08;
  double high = 100;
  const double wanted = std::log1p(cv * cv);
  for (int i = 0; i < 60; ++i) {
    const double middle = std::sqrt(low * high);
    const double logarithm = std::lgamma(1 + 2 / middle) - 2 * std::lgamma(1 + 1 / middle);
    (logarithm > wanted ? low : high) = middle;
  }
  return std::sqrt(low * high);
}

std::uint64_t ClientArrivals::count(std::span<const ClientWindow> windows) {
  double expected = 0;
  for (const ClientWindow& window : windows) expected += window.rate * to_seconds(window.length);
  return static_cast<std::uint64_t>(std::llround(expected));
}

std::optional<Time> ClientArrivals::next() {
  while (left_ == 0) {
    if (opened_ == windows_.size()) return std::nullopt;
    open(windows_[opened_++]);
  }
  --left_;
  const ClientWindow& window = windows_[opened_ - 1];
  passed_ += gap(window.family, stream_);
  const double share = whole_ > 0 ? passed_ / whole_ : 0;
  const auto offset = static_cast<std::int64_t>(share * static_cast<double>(window.length.count()));
  // Gaps differ by so much that the last may be lost in the sum; the end is the next window's.
  const Time arrival = window.start + Duration{std::min(offset, window.length.count() - 1)};
  // The last gap, behind the last arrival.
  if (left_ == 0) gap(window.family, stream_);
  return arrival;
}

void ClientArrivals::open(const ClientWindow& window) {
  expected_ += window.rate * to_seconds(window.length);
  const auto begun = static_cast<std::uint64_t>(std::llround(expected_));
  left_ = begun - begun_;
  begun_ = begun;
  if (left_ == 0) return;
  const double cv = std::clamp(window.cv, 0.02, std::sqrt(static_cast<double>(left_)));
  if (window.family == GapFamily::kGamma) shape_ = 1 / (cv * cv);
  if (window.family == GapFamily::kWeibull) shape_ = weibull_shape(cv);
  passed_ = 0;
  whole_ = 0;
  ahead_ = stream_;
  for (std::uint64_t i = 0; i <= left_; ++i) whole_ += gap(window.family, ahead_);
}

/// A gap in a unit of its own.
double ClientArrivals::gap(GapFamily family, Stream& stream) const {
  const double exponential =
      family == GapFamily::kGamma ? 0 : boost::random::exponential_distribution<double>(1)(stream);
  switch (family) {
    case GapFamily::kExponential: return exponential;
    case GapFamily::kGamma: return boost::random::gamma_distribution<double>(shape_, 1)(stream);
    case GapFamily::kWeibull: return std::pow(exponential, 1 / shape_);
  }
  return 0;
}

}  // namespace tandem

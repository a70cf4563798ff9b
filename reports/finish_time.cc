#include "reports/finish_time.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <utility>

namespace tandem {
namespace {

/// The distribution is told at powers of two, from 1/8 to 1024.
constexpr int kFirstPower = -3;
constexpr int kLastPower = 10;
constexpr std::size_t kPlaces = kLastPower - kFirstPower + 1;

/// The first place that `rho`, above zero, does not exceed; kPlaces if there is none.
std::size_t place_of(double rho) {
  int power = 0;
  if (std::frexp(rho, &power) == 0.5) --power;
  return static_cast<std::size_t>(std::clamp(power, kFirstPower, kLastPower + 1) - kFirstPower);
}

/// In one pass, because there are millions of them.
std::vector<CdfPoint> cdf_of(const std::vector<double>& rhos) {
  std::array<std::uint64_t, kPlaces + 1> counts{};
  for (const double rho : rhos) ++counts[place_of(rho)];
  std::vector<CdfPoint> cdf;
  cdf.reserve(kPlaces);
  std::uint64_t below = 0;
  for (std::size_t place = 0; place < kPlaces; ++place) {
    below += counts[place];
    cdf.push_back({std::ldexp(1, kFirstPower + static_cast<int>(place)),
                   static_cast<double>(below) / static_cast<double>(rhos.size())});
  }
  return cdf;
}

/// Whole microseconds since the start.
std::uint64_t microseconds(Time time) {
  using std::chrono::duration_cast;
  return static_cast<std::uint64_t>(
      duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count());
}

}  // namespace

void FinishTime::advance(Time now) {
  if (now == now_) return;
  job_microseconds_ += active_ * (microseconds(now) - microseconds(now_));
  now_ = now;
}

std::uint64_t FinishTime::enter() {
  ++active_;
  return job_microseconds_;
}

void FinishTime::complete(std::uint64_t mark, Time submitted, Duration run, std::uint32_t devices) {
  if (run <= Duration::zero()) return;
  const std::uint64_t life = microseconds(now_) - microseconds(submitted);
  const double contending =
      life == 0 ? 1 : static_cast<double>(job_microseconds_ - mark) / static_cast<double>(life);
  const double stretch = std::max(1.0, devices * contending / devices_);
  rhos_.push_back(to_seconds(now_ - submitted) / (to_seconds(run) * stretch));
}

std::optional<FinishTimeFairness> FinishTime::result() const {
  if (rhos_.empty()) return std::nullopt;
  std::vector<double> rhos(rhos_.begin(), rhos_.end());
  const auto unfair = std::count_if(rhos.begin(), rhos.end(), [](double rho) { return rho > 1; });
  FinishTimeFairness result;
  result.unfair = static_cast<double>(unfair) / static_cast<double>(rhos.size());
  result.cdf = cdf_of(rhos);
  result.rho = *percentiles_of(std::move(rhos));
  return result;
}

}  // namespace tandem

#include "workloads/fitting/gaps.h"

#include <algorithm>
#include <cstddef>

namespace tandem {

Duration resolution_of(std::span<const Time> arrivals) {
  Duration shortest = Duration::max();
  for (std::size_t i = 1; i < arrivals.size(); ++i) {
    const Duration gap = arrivals[i] - arrivals[i - 1];
    if (gap > Duration::zero()) shortest = std::min(shortest, gap);
  }
  return shortest == Duration::max() ? Duration::zero() : shortest;
}

std::vector<double> gaps_of(std::span<const Time> arrivals, Duration resolution) {
  std::vector<double> gaps;
  gaps.reserve(arrivals.size());
  const auto ticked = [&](Time time) {
    const Duration passed = time.time_since_epoch();
    return resolution > Duration::zero() ? passed - passed % resolution : passed;
  };
  for (std::size_t i = 1; i < arrivals.size(); ++i) {
    gaps.push_back(to_seconds(ticked(arrivals[i]) - ticked(arrivals[i - 1])));
  }
  return gaps;
}

}  // namespace tandem

#include "executor/http/recent_figures.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace tandem {
namespace {

std::int64_t second_of(RecentRate::Time time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

}  // namespace

double RecentSamples::percentile(double share) const {
  std::vector<double> kept(
      samples_.begin(),
      samples_.begin() + static_cast<std::ptrdiff_t>(std::min(count_, samples_.size())));
  if (kept.empty()) return 0;
  const auto rank = std::ceil(share * static_cast<double>(kept.size())) - 1;
  const auto at = kept.begin() + std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(rank), 0,
                                                            std::ssize(kept) - 1);
  std::ranges::nth_element(kept, at);
  return *at;
}

void RecentRate::add(Time now, std::int64_t count) {
  const std::int64_t number = second_of(now);
  Second& second = seconds_[static_cast<std::size_t>(number) % seconds_.size()];
  if (second.number != number) second = {number, 0};
  second.count += count;
}

double RecentRate::per_second(Time now) const {
  const std::int64_t last = second_of(now) - 1;
  std::int64_t sum = 0;
  for (const Second& second : seconds_) {
    if (second.number > last - kSeconds && second.number <= last) sum += second.count;
  }
  return static_cast<double>(sum) / kSeconds;
}

}  // namespace tandem

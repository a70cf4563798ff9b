#include "policies/core/elastic.h"

#include <algorithm>
#include <limits>

namespace tandem {
namespace {

__extension__ typedef unsigned __int128 Wide;

std::int64_t saturated(Wide value) {
  constexpr auto kMost = static_cast<Wide>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(value, kMost));
}

}  // namespace

Duration Rate::work_in(Duration elapsed) const {
  if (ppm == kOwnPace) return elapsed;
  return Duration{saturated(Wide(elapsed.count()) * ppm / kOwnPace)};
}

Duration Rate::time_for(Duration work) const {
  if (ppm == kOwnPace) return work;
  if (ppm == 0) return work == Duration::zero() ? work : Duration::max();
  return Duration{saturated((Wide(work.count()) * kOwnPace + ppm - 1) / ppm)};
}

std::uint64_t Elastic::speedup_ppm(std::uint32_t devices) const {
  if (speedups.empty()) return Rate::kOwnPace * devices;
  const auto above =
      std::lower_bound(speedups.begin(), speedups.end(), devices,
                       [](const Point& p, std::uint32_t n) { return p.devices < n; });
  if (above == speedups.end()) return speedups.back().speedup_ppm;
  if (above == speedups.begin() || above->devices == devices) return above->speedup_ppm;
  const Point& below = *(above - 1);
  const Wide rise = above->speedup_ppm - below.speedup_ppm;
  return below.speedup_ppm + static_cast<std::uint64_t>(rise * (devices - below.devices) /
                                                        (above->devices - below.devices));
}

}  // namespace tandem

#include "policies/core/elastic.h"

#include <algorithm>
#include <iterator>
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

bool Elastic::allows(std::size_t devices) const {
  if (sizes.empty()) return devices >= least && devices <= most;
  return std::ranges::binary_search(sizes, devices);
}

std::optional<std::uint32_t> Elastic::size_below(std::uint32_t devices) const {
  if (devices <= least) return std::nullopt;
  if (sizes.empty()) return std::min(devices - 1, most);
  return *std::prev(std::ranges::lower_bound(sizes, devices));
}

std::uint64_t Elastic::speedup_ppm(std::uint32_t devices) const {
  if (speedups.empty()) return Rate::kOwnPace * devices;
  const auto above =
      std::lower_bound(speedups.begin(), speedups.end(), devices,
                       [](const Point& p, std::uint32_t n) { return p.devices < n; });
  if (above == speedups.end()) return speedups.back().speedup_ppm;
  if (above == speedups.begin() || above->devices == devices) return above->speedup_ppm;
  const Point& below = *(above - 1);
  const auto at = [&](const Point& point, std::uint32_t from_other) {
    return Wide{point.speedup_ppm} * from_other;
  };
  const Wide weighted = at(below, above->devices - devices) + at(*above, devices - below.devices);
  return static_cast<std::uint64_t>(weighted / (above->devices - below.devices));
}

}  // namespace tandem

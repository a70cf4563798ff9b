#include "reports/free_time.h"

#include <algorithm>
#include <cstddef>

namespace tandem {
namespace {

/// Books `time` at `place`, from 1.
void book(std::vector<Duration>& tree, std::size_t place, Duration time) {
  for (; place < tree.size(); place += place & -place) tree[place] += time;
}

/// All that is booked at places up to `place`.
Duration booked_up_to(const std::vector<Duration>& tree, std::size_t place) {
  Duration sum{};
  for (; place > 0; place -= place & -place) sum += tree[place];
  return sum;
}

}  // namespace

FreeTime::FreeTime(const Cluster& cluster) : devices_(cluster.device_count()) {
  for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
    free_.push_back(cluster.device_count(DeviceTypeId{type}));
    present_ |= DeviceTypes{1} << type;
  }
}

void FreeTime::change(DeviceTypeId type, std::int64_t change, Time now) {
  free_[type.value] += change;
  for (Pool& pool : pools_) {
    if ((pool.types >> type.value & 1) == 0) continue;
    const std::uint32_t free = most_free(pool.types);
    if (free == pool.free) continue;
    if (now > pool.since) book(pool.booked, devices_ - pool.free + 1, now - pool.since);
    pool.free = free;
    pool.since = now;
  }
}

Duration FreeTime::with_room(DeviceTypes types, std::uint32_t devices, Time now) {
  if (devices > devices_) return {};
  const Pool& pool = pool_of(types & present_, now);
  const Duration past = booked_up_to(pool.booked, devices_ - devices + 1);
  return pool.free >= devices ? past + (now - pool.since) : past;
}

FreeTime::Pool& FreeTime::pool_of(DeviceTypes types, Time now) {
  const auto found = std::find_if(pools_.begin(), pools_.end(),
                                  [types](const Pool& pool) { return pool.types == types; });
  if (found != pools_.end()) return *found;
  return pools_.emplace_back(
      Pool{types, most_free(types), now, std::vector<Duration>(devices_ + std::size_t{2})});
}

std::uint32_t FreeTime::most_free(DeviceTypes types) const {
  std::int64_t most = 0;
  for (std::size_t type = 0; type < free_.size(); ++type) {
    if ((types >> type & 1) != 0) most = std::max(most, free_[type]);
  }
  return static_cast<std::uint32_t>(std::min<std::int64_t>(most, devices_));
}

}  // namespace tandem

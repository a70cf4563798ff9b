// For how long enough devices have been free for a gang, whatever its size.
//
// A gang that waits beside free devices has no single moment at which that happens: devices come
// and go while it waits. So the time is booked by how many devices were free, and what a gang of
// `devices` has met is a sum over that, asked once when it begins to wait and once when it stops.
#pragma once

#include <cstdint>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/units.h"

namespace tandem {

/// Counts devices only: whether their nodes have the CPUs, or they are on one node, is not asked.
/// A question or a change is O(log devices) for each set of types that gangs ask for.
class FreeTime {
 public:
  FreeTime() = default;
  /// Everything free and up at the start of time.
  explicit FreeTime(const Cluster& cluster);

  /// Devices of a type come free, or are taken or go down when `change` is negative.
  void change(DeviceTypeId type, std::int64_t change, Time now);

  /// How long, from the first question about `types` until `now`, at least `devices` of one of
  /// these types were free. Only differences mean something.
  Duration with_room(DeviceTypes types, std::uint32_t devices, Time now);

 private:
  /// A set of types: how many devices of one of them are free, and for how long it was how many.
  struct Pool {
    DeviceTypes types = 0;
    std::uint32_t free = 0;
    Time since;
    std::vector<Duration> booked;  // A Fenwick tree over the number free, most first.
  };
  Pool& pool_of(DeviceTypes types, Time now);
  std::uint32_t most_free(DeviceTypes types) const;

  std::vector<std::int64_t> free_;  // By DeviceTypeId.
  DeviceTypes present_ = 0;
  std::uint32_t devices_ = 0;
  std::vector<Pool> pools_;
};

}  // namespace tandem

// Elastic gangs take devices that nobody waits for, and give them back before anybody is stopped.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "policies/placement/placement.h"
#include "policies/preemption/preemption.h"

namespace tandem {

class ElasticGrowth {
 public:
  /// A gang is left alone for `pause` before it grows, so that most of its time is for computing.
  ElasticGrowth(const Surroundings& surroundings, Duration pause)
      : surroundings_(surroundings), pause_(pause) {}

  using Resizes = std::vector<std::pair<JobId, Allocation>>;
  /// With which allocations gangs go on so that `demand` fits, the last in order first; nothing if
  /// all together, down to their least sizes, do not make it fit, or if enough comes free already.
  Resizes shrink(const Preemption::View& view, const Demand& demand) const;
  /// Whether `demand` will fit once gangs that are being resized or stop have let go.
  bool will_fit(const Preemption::View& view, const Demand& demand) const;
  /// What gangs grow to on what is free, the first in order first. A tenant with a quota does not
  /// grow beyond the preferred size of its jobs.
  Resizes grow(const Preemption::View& view, const Placement& placement) const;

 private:
  std::vector<const ListedJob*> in_order(const Preemption::View& view, DeviceTypeId type) const;
  /// The largest size below `below` that is faster than the next smaller one.
  static std::optional<std::uint32_t> useful_size(const Job& job, std::uint32_t below);
  std::optional<Allocation> grown(const ListedJob& gang, const FreeDevices& free,
                                  const Placement& placement) const;

  Surroundings surroundings_;
  Duration pause_;
};

}  // namespace tandem

// Room to every rank: the opposite of packing.
#pragma once

#include "policies/placement/placement.h"

namespace tandem {

/// As evenly as possible: each rank goes to the node that has the most room left.
class Spread final : public Placement {
 public:
  std::string_view name() const override { return "spread"; }

 protected:
  std::vector<NodeShare> split(const Demand& demand, DeviceTypeId type,
                               const FreeDevices& free) const override;
};

}  // namespace tandem

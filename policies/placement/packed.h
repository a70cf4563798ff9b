// Fewest nodes: the placement that most sites want, and what others fall back on.
#pragma once

#include "policies/placement/placement.h"

namespace tandem {

/// Splits a gang that fits on the type as Packed does.
std::vector<NodeShare> pack(const Demand& demand, DeviceTypeId type, const FreeDevices& free);

/// As few nodes as possible, and of those the tightest: a gang that fits on one node gets the node
/// with the fewest devices left over.
class Packed final : public Placement {
 public:
  std::string_view name() const override { return "packed"; }

 protected:
  std::vector<NodeShare> split(const Demand& demand, DeviceTypeId type,
                               const FreeDevices& free) const override {
    return pack(demand, type, free);
  }
};

}  // namespace tandem

// Gangs talk through switches: keep them below as few as possible, in the tree pod > rack > node.
#pragma once

#include "policies/placement/placement.h"

namespace tandem {

/// Fewest pods, then fewest racks, then fewest nodes; from the rack on if `top` is kRack. At each
/// level of the tree, from the top: if one child holds the gang, then the one below which it needs
/// fewest switches and nodes, and of those the one with the least left over. Otherwise the roomiest
/// children are filled first, and the last one is chosen by the same rule for what is left.
///
/// The number at the top is the least possible, and so is each number below a single child; a gang
/// over several pods may find more racks than there had to be, as among equals no sets are
/// compared.
class FewestSwitches final : public Placement {
 public:
  enum class Level : std::uint8_t { kPod, kRack, kNode };
  /// `top` is kPod or kRack.
  explicit FewestSwitches(Level top) : top_(top) {}
  std::string_view name() const override { return top_ == Level::kPod ? "topology" : "rack"; }
  std::string why(const Demand& demand, const Allocation& allocation,
                  const FreeDevices& before) const override;

 protected:
  std::vector<NodeShare> split(const Demand& demand, DeviceTypeId type,
                               const FreeDevices& free) const override;

 private:
  Level top_;
};

}  // namespace tandem

// Fragmentation gradient descent (Weng et al., ATC'23): every job goes where it makes the least of
// what is idle useless to the jobs that usually come.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "policies/placement/fragmentation.h"
#include "policies/placement/placement.h"

namespace tandem {

/// The node, of any acceptable type, on which Fragmentation grows least; for a job that shares its
/// device also the device on which it grows least. Ties go to the first node, and on it to the
/// tightest device. A gang that no node takes whole fills nodes of the first type with room for it,
/// in the order of growth for each rank, until one takes what is left; of those, the one where it
/// grows least.
class LeastFragmentation final : public Placement {
 public:
  std::string_view name() const override { return "fgd"; }
  void submitted(const Demand& demand) override { fragmentation_.count(demand); }
  std::string why(const Demand& demand, const Allocation& allocation,
                  const FreeDevices& before) const override;

 protected:
  std::optional<DeviceTypeId> choose_type(const Demand& demand,
                                          const FreeDevices& free) const override;
  std::vector<NodeShare> split(const Demand& demand, DeviceTypeId type,
                               const FreeDevices& free) const override;
  DeviceId device_to_share(const Demand& demand, DeviceTypeId type,
                           const FreeDevices& free) const override;
  std::optional<NodeId> node_without_devices(const Demand& demand,
                                             const FreeDevices& free) const override;

 private:
  /// A node as it was last looked at, so that answers are kept while it stays the same.
  struct KnownNode {
    NodeLeft left;
    std::uint64_t version = 0;  ///< Moves when `left` does; 0 before it was looked at.
    std::int64_t fragmentation = 0;
  };
  /// What becomes of a node that takes ranks of a demand.
  struct Growth {
    std::uint64_t version = 0;  ///< Of the node that it is true for.
    std::int64_t amount = 0;
    std::uint32_t slot = 0;  ///< For a job that shares its device: which it should be.
  };
  struct Chosen {
    NodeId node;
    Growth growth;
  };

  /// The node that takes all of the demand and on which fragmentation grows least.
  std::optional<Chosen> best(const Demand& demand, const FreeDevices& free) const;
  std::vector<Growth>& growths_of(const Demand& demand, const FreeDevices& free) const;
  const KnownNode& look_at(NodeId node, const FreeDevices& free) const;
  /// `demand` takes room for all its ranks on the node, which has it.
  Growth growth(const Demand& demand, const KnownNode& node) const;
  /// The same, from `growths` if the node has not changed since; they are the demand's.
  const Growth& growth_on(NodeId node, const Demand& demand, const FreeDevices& free,
                          std::vector<Growth>& growths) const;
  /// A gang that no node takes whole.
  std::vector<NodeShare> fill(const Demand& demand, const FreeDevices& free) const;

  Fragmentation fragmentation_;
  // Caches: they change how fast an answer comes, never which.
  mutable std::uint64_t epoch_ = 0;
  mutable std::vector<KnownNode> nodes_;
  mutable std::map<Demand, std::vector<Growth>> growths_;  ///< By node.
};

}  // namespace tandem

// Best fit over all that a node has, not only its devices: a gang that eats the CPUs of a node with
// many free devices leaves devices that nobody can use.
#pragma once

#include "policies/placement/placement.h"

namespace tandem {

/// The node that takes the whole gang and has the least left over, as the sum over devices, CPUs
/// and memory of (left over / the most that any node of the cluster has); what a node does not
/// count is left out. A share of a device comes from the tightest device of that node. A gang that
/// needs several nodes goes where `packed` would put it. The same as `packed` where only devices
/// count.
class BestFit final : public Placement {
 public:
  explicit BestFit(const Cluster& cluster);
  std::string_view name() const override { return "best-fit"; }
  std::string why(const Demand& demand, const Allocation& allocation,
                  const FreeDevices& before) const override;

 protected:
  std::vector<NodeShare> split(const Demand& demand, DeviceTypeId type,
                               const FreeDevices& free) const override;
  DeviceId device_to_share(const Demand& demand, DeviceTypeId type,
                           const FreeDevices& free) const override;
  std::optional<NodeId> node_without_devices(const Demand& demand,
                                             const FreeDevices& free) const override;

 private:
  /// Nothing if no node takes all of it. Looks at every node.
  std::optional<NodeId> best(const Demand& demand, const FreeDevices& free) const;
  double left_over(const Demand& demand, NodeId node, const FreeDevices& free) const;

  Room most_;  ///< Of devices, CPUs and memory that a node has, each by itself.
};

}  // namespace tandem

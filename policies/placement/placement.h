// Which devices a gang gets: packed on few nodes, or spread over many.
#pragma once

#include <optional>
#include <string_view>

#include "policies/core/free_devices.h"
#include "policies/core/job.h"
#include "policies/core/step.h"

namespace tandem {

/// Chooses among what is free. Finds a place whenever one exists; a gang gets devices of the first
/// acceptable type, in the cluster's order, that has room for all of it.
class Placement {
 public:
  virtual ~Placement() = default;
  virtual std::string_view name() const = 0;

  std::optional<Allocation> place(const Demand& demand, const FreeDevices& free) const;

 protected:
  /// Splits a gang that fits over the nodes of a type.
  virtual std::vector<NodeShare> split(const Demand& demand, DeviceTypeId type,
                                       const FreeDevices& free) const = 0;
  /// For a job that shares its device and fits on the type: here the tightest of the devices that
  /// are shared already, else one that split() gives.
  virtual DeviceId device_to_share(const Demand& demand, DeviceTypeId type,
                                   const FreeDevices& free) const;
};

/// As few nodes as possible, and of those the tightest: a gang that fits on one node gets the node
/// with the fewest devices left over.
class Packed final : public Placement {
 public:
  std::string_view name() const override { return "packed"; }

 protected:
  std::vector<NodeShare> split(const Demand& demand, DeviceTypeId type,
                               const FreeDevices& free) const override;
};

/// As evenly as possible: each rank goes to the node that has the most room left.
class Spread final : public Placement {
 public:
  std::string_view name() const override { return "spread"; }

 protected:
  std::vector<NodeShare> split(const Demand& demand, DeviceTypeId type,
                               const FreeDevices& free) const override;
};

}  // namespace tandem

// Which devices a gang gets: what all placements share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/free_devices.h"
#include "policies/core/job.h"
#include "policies/core/step.h"

namespace tandem {

/// Chooses among what is free. Finds a place whenever one exists. One object serves one policy for
/// a whole run.
class Placement {
 public:
  virtual ~Placement() = default;
  virtual std::string_view name() const = 0;

  std::optional<Allocation> place(const Demand& demand, const FreeDevices& free) const;

  /// A job with this demand has come; it may not start for long.
  virtual void submitted(const Demand& demand) { static_cast<void>(demand); }

  /// What is good about a place that was free `before`, in a few words; nothing from placements
  /// that speak for themselves.
  virtual std::string why(const Demand& demand, const Allocation& allocation,
                          const FreeDevices& before) const {
    static_cast<void>(demand), static_cast<void>(allocation), static_cast<void>(before);
    return {};
  }

 protected:
  /// The demand, if it accepted no other type.
  static Demand only_on(DeviceTypeId type, Demand demand) {
    demand.types = DeviceTypes{1} << type.value;
    return demand;
  }
  /// A type with room for a demand of devices; here the first, in the cluster's order.
  virtual std::optional<DeviceTypeId> choose_type(const Demand& demand,
                                                  const FreeDevices& free) const {
    return free.type_with_room(demand);
  }
  /// Splits a gang that fits over the nodes of a type.
  virtual std::vector<NodeShare> split(const Demand& demand, DeviceTypeId type,
                                       const FreeDevices& free) const = 0;
  /// For a job that shares its device and fits on the type: here the tightest of the devices that
  /// are shared already, else one that split() gives.
  virtual DeviceId device_to_share(const Demand& demand, DeviceTypeId type,
                                   const FreeDevices& free) const;
  /// A node that takes a job without devices, if there is one; here the first.
  virtual std::optional<NodeId> node_without_devices(const Demand& demand,
                                                     const FreeDevices& free) const;
};

}  // namespace tandem

// The machines: nodes with devices of one type each, CPUs and memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/ids.h"
#include "policies/core/job.h"
#include "policies/core/units.h"

namespace tandem {

/// CPUs or memory of a node that states none: enough for everything that could be asked of it.
inline constexpr std::int64_t kUncounted = std::int64_t{1} << 60;

/// A machine with `device_count` devices of one type, numbered from `first_device`. May have none.
struct Node {
  NodeId id;
  std::string name;
  DeviceTypeId type;
  DeviceId first_device;
  std::uint32_t device_count = 0;
  MilliCpus cpus{kUncounted};
  Bytes memory{kUncounted};
  std::uint32_t rack = 0;  ///< Nodes of a rack share its switch.
  std::uint32_t pod = 0;   ///< Racks of a pod share the switches above theirs.
};

/// All nodes, fixed for a run. Devices are numbered through, node by node.
class Cluster {
 public:
  /// The id of the type with this name, added if it is new. Throws InputError beyond 64 types.
  DeviceTypeId add_type(std::string_view name);
  /// Appends a node; its id and device numbers follow from its place.
  NodeId add_node(std::string name, DeviceTypeId type, std::uint32_t device_count,
                  MilliCpus cpus = {kUncounted}, Bytes memory = {kUncounted});

  /// Nodes come with rack and pod 0.
  void set_place(NodeId node, std::uint32_t rack, std::uint32_t pod) {
    nodes_[node.value].rack = rack;
    nodes_[node.value].pod = pod;
  }

  /// What a device of a type costs for an hour, in any currency; nothing where it is not known.
  void set_price(DeviceTypeId type, double price_per_hour) {
    price_per_hour_[type.value] = price_per_hour;
  }
  std::optional<double> price_per_hour(DeviceTypeId type) const {
    return price_per_hour_[type.value];
  }

  std::span<const Node> nodes() const { return nodes_; }
  const Node& node(NodeId id) const { return nodes_[id.value]; }
  std::span<const std::string> types() const { return types_; }
  const std::string& type_name(DeviceTypeId id) const { return types_[id.value]; }
  std::uint32_t device_count() const { return static_cast<std::uint32_t>(node_of_.size()); }
  std::uint32_t device_count(DeviceTypeId type) const { return devices_of_type_[type.value]; }
  NodeId node_of(DeviceId device) const { return node_of_[device.value]; }

 private:
  std::vector<Node> nodes_;
  std::vector<std::string> types_;
  std::vector<std::uint32_t> devices_of_type_;
  std::vector<std::optional<double>> price_per_hour_;
  std::vector<NodeId> node_of_;
};

}  // namespace tandem

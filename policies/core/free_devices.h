// What is free: devices, CPUs and memory of every node that is up.
//
// The one account that drafts are made against: a Plan takes from it as it starts gangs, the
// scheduler gives back as they end. Kept sorted by free devices, so that a placement finds the
// tightest or the roomiest node without looking at all of them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/job.h"
#include "policies/core/step.h"

namespace tandem {

/// What one node has left.
struct Room {
  std::uint32_t devices = 0;
  MilliCpus cpus;
  Bytes memory;

  /// How many ranks of `demand` it takes, at most `demand.ranks()`. Ignores types; a rank that
  /// shares its device finds room on a free one only.
  std::uint32_t ranks(const Demand& demand) const;
  void take(const Demand& demand, std::uint32_t ranks);
  void give_back(const Demand& demand, std::uint32_t ranks);
};

class FreeDevices {
 public:
  /// Everything free and up. `cluster` must outlive this.
  explicit FreeDevices(const Cluster& cluster);

  const Cluster& cluster() const { return *cluster_; }
  /// Free devices of a type on nodes that are up.
  std::uint32_t count(DeviceTypeId type) const { return pools_[type.value].free; }
  bool is_up(NodeId node) const { return nodes_[node.value].up; }
  const Room& room(NodeId node) const { return nodes_[node.value].room; }
  /// How many ranks of `demand` the node takes now; 0 while it is down or of another type.
  std::uint32_t ranks_on(NodeId node, const Demand& demand) const;

  /// Thousandths of a device that are free.
  std::uint32_t thousandths(DeviceId device) const { return left_[device.value]; }
  /// The same of all devices of a node.
  std::span<const std::uint16_t> left_on(NodeId node) const {
    const Node& place = cluster_->node(node);
    return std::span(left_).subspan(place.first_device.value, place.device_count);
  }
  /// Devices of a type that are shared, as (thousandths left, device).
  using Parts = std::set<std::pair<std::uint32_t, DeviceId>>;
  const Parts& parts(DeviceTypeId type) const { return pools_[type.value].parts; }
  /// Models on the node that must not meet others.
  ModelSet models(NodeId node) const { return nodes_[node.value].models; }
  /// Whether a model on the node, or of the demand, excludes the other.
  bool excluded(NodeId node, const Demand& demand) const {
    return (nodes_[node.value].models & demand.excludes) != 0;
  }

  /// How many ranks on the node are of models that the demand excludes.
  std::uint32_t excluded_ranks(NodeId node, const Demand& demand) const;

  /// Whether the node of a device is up and has the rest that a rank which shares the device needs.
  bool fits_on_part(const Demand& demand, DeviceId device) const;
  /// Whether the node takes the whole gang now.
  bool takes_all(NodeId node, const Demand& demand) const;

  /// Whether `type` has room for all of `demand` now. The demand must ask for devices.
  bool fits(const Demand& demand, DeviceTypeId type) const;
  /// The first type, in the cluster's order, with room for `demand`. The demand asks for devices.
  std::optional<DeviceTypeId> type_with_room(const Demand& demand) const;
  /// Whether some placement of `demand` exists now.
  bool fits(const Demand& demand) const;

  /// Nodes of a type that are up and have free devices, as (free devices, node number).
  using ByFree = std::set<std::pair<std::uint32_t, std::uint32_t>>;
  const ByFree& by_free(DeviceTypeId type) const { return pools_[type.value].by_free; }

  /// Appends the `count` lowest-numbered free devices of a node, which has that many.
  void lowest_free(NodeId node, std::uint32_t count, std::vector<DeviceId>& devices) const;

  /// Whether take() would succeed with a whole gang of acceptable devices.
  bool can_take(const Demand& demand, const Allocation& allocation) const;
  /// Takes what a gang holds. Throws RuleBroken if any of it is not free or not whole.
  void take(const Demand& demand, const Allocation& allocation);
  void give_back(const Demand& demand, const Allocation& allocation);
  /// What a node has left while it is down comes back with it.
  void set_up(NodeId node, bool up);
  /// Throws RuleBroken if the allocation is not a whole gang of acceptable devices.
  void check_whole(const Demand& demand, const Allocation& allocation) const;

 private:
  struct NodeState {
    Room room;
    std::uint32_t first_word = 0;  ///< Of its devices' bits in free_bits_.
    bool up = true;
    ModelSet models = 0;  ///< That run here and exclude others.
  };
  struct Pool {
    std::uint32_t free = 0;
    ByFree by_free;
    Parts parts;
  };

  std::uint32_t ranks_of(const NodeState& state, const Demand& demand) const;
  void take_part(DeviceId device, std::uint32_t thousandths);
  void give_back_part(DeviceId device, std::uint32_t thousandths);
  void count_models(NodeId node, ModelSet models, int change);
  void list(NodeId node);
  void unlist(NodeId node);
  std::size_t word_of(DeviceId device, std::uint64_t& mask) const;

  const Cluster* cluster_;
  std::vector<NodeState> nodes_;
  std::vector<Pool> pools_;  ///< By device type.
  std::vector<std::uint64_t> free_bits_;
  std::vector<std::uint16_t> left_;  ///< By device, thousandths.
  std::map<std::pair<NodeId, ModelSet>, std::uint32_t> model_ranks_;
};

}  // namespace tandem

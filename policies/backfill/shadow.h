// What EASY and its relatives share: one waiting gang has a claim on the future, and everybody else
// may start as long as it does not suffer.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "policies/backfill/backfill.h"

namespace tandem {

/// The holder's claim on the future: from shadow() on, by the estimates, it fits on one device
/// type.
///
/// What will be available is counted in what the holder needs: ranks, or for a holder bound to one
/// node the nodes that could take it whole.
class Reservation {
 public:
  /// What is free now, before any gang lets go.
  Reservation(const Demand& holder, DeviceTypeId type, const FreeDevices& free);

  Time shadow() const { return shadow_; }
  void set_shadow(Time shadow) { shadow_ = shadow; }
  DeviceTypeId type() const { return type_; }
  bool holder_fits() const { return available_ >= needed_; }
  /// Whether counting devices is enough: then `spare_devices` of them are left beside the holder.
  bool counts_devices_only() const { return rooms_.empty(); }
  std::int64_t spare_devices() const { return available_ - needed_; }

  /// A gang takes, or gives back, what it holds, as far as the holder could have used it.
  void take(const Demand& demand, const Allocation& allocation) { change(demand, allocation, -1); }
  void give_back(const Demand& demand, const Allocation& allocation) {
    change(demand, allocation, 1);
  }

 private:
  /// What a node would have for the holder.
  struct NodeRoom {
    Room room;
    std::uint32_t excluded_ranks = 0;  ///< Of models that the holder must not be beside.
  };
  void change(const Demand& demand, const Allocation& allocation, int sign);
  /// Returns by how many wholly free devices there are more.
  int change_part(DeviceId device, std::uint32_t thousandths, int sign);
  bool has_part(const Node& node) const;
  std::int64_t contribution(NodeId node) const;

  const Cluster* cluster_;
  Demand holder_;
  DeviceTypeId type_;
  Time shadow_ = kForever;
  std::int64_t needed_ = 0;
  std::int64_t available_ = 0;
  std::map<DeviceId, std::uint32_t> parts_;  ///< Thousandths free of devices that are shared.
  std::vector<NodeRoom> rooms_;              ///< Of all nodes; empty if counting devices is enough.
};

/// A backfill in which one waiting gang holds a Reservation. Its shadow time is the earliest moment
/// by the estimates when it fits: running gangs are taken in the order of their estimated ends
/// until there is room, of those that end together the smaller first. What is then left over is
/// extra: gangs that end at that same moment but were not needed do not add to it. A gang that has
/// outrun its estimate is expected to end at any moment. If no estimate makes room (nodes are
/// down), nothing is reserved.
class ShadowBackfill : public Backfill {
 public:
  /// `cluster` must outlive this.
  explicit ShadowBackfill(const Cluster& cluster)
      : cluster_(cluster), ends_(cluster.types().size()) {}

  void running(const Job& job, const Allocation& allocation, Time estimated_end) override;
  void ended(JobId job) override;

 protected:
  /// Starts, in order, every job that fits now and either ends by the shadow time of `holder`, by
  /// its estimate, or leaves room for it then; until `holder` itself starts or nobody is left.
  /// Returns whether `holder` started. `holder` is the first of all jobs with its demand.
  bool fill_beside(Filling& filling, JobId holder);

 private:
  struct Gang {
    Demand demand;
    Allocation allocation;
    DeviceTypeId type;
    Time end;
  };
  std::optional<Reservation> reserve(const Filling& filling, const Demand& holder) const;
  std::optional<Reservation> reserve_on(const Filling& filling, const Demand& holder,
                                        DeviceTypeId type) const;

  const Cluster& cluster_;
  PagedMap<JobId, Gang> gangs_;
  /// Estimated end, devices, job.
  using End = std::tuple<Time, std::uint32_t, JobId>;
  static End end_of(const Gang& gang, JobId job) { return {gang.end, gang.demand.devices, job}; }
  /// For each device type of the cluster.
  std::vector<std::set<End>> ends_;
};

}  // namespace tandem

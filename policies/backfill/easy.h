// EASY backfilling: later jobs may start as long as they do not delay the first of the queue.
#pragma once

#include <map>
#include <optional>
#include <tuple>
#include <vector>

#include "policies/backfill/backfill.h"

namespace tandem {

/// The head's claim on the future: from shadow() on, by the estimates, it fits on one device type.
///
/// What will be available is counted in what the head needs: ranks, or for a head bound to one
/// node the nodes that could take it whole.
class Reservation {
 public:
  /// What is free now, before any gang lets go.
  Reservation(const Demand& head, DeviceTypeId type, const FreeDevices& free);

  Time shadow() const { return shadow_; }
  void set_shadow(Time shadow) { shadow_ = shadow; }
  DeviceTypeId type() const { return type_; }
  bool head_fits() const { return available_ >= needed_; }
  /// Whether counting devices is enough: then `spare_devices` of them are left beside the head.
  bool counts_devices_only() const { return rooms_.empty(); }
  std::int64_t spare_devices() const { return available_ - needed_; }

  /// A gang takes, or gives back, what it holds, as far as the head could have used it.
  void take(const Demand& demand, const Allocation& allocation) { change(demand, allocation, -1); }
  void give_back(const Demand& demand, const Allocation& allocation) {
    change(demand, allocation, 1);
  }

 private:
  /// What a node would have for the head.
  struct NodeRoom {
    Room room;
    std::uint32_t excluded_ranks = 0;  ///< Of models that the head must not be beside.
  };
  void change(const Demand& demand, const Allocation& allocation, int sign);
  /// Returns by how many wholly free devices there are more.
  int change_part(DeviceId device, std::uint32_t thousandths, int sign);
  bool has_part(const Node& node) const;
  std::int64_t contribution(NodeId node) const;

  const Cluster* cluster_;
  Demand head_;
  DeviceTypeId type_;
  Time shadow_ = kForever;
  std::int64_t needed_ = 0;
  std::int64_t available_ = 0;
  std::map<DeviceId, std::uint32_t> parts_;  ///< Thousandths free of devices that are shared.
  std::vector<NodeRoom> rooms_;              ///< Of all nodes; empty if counting devices is enough.
};

/// EASY (Lifka 1995; Mu'alem & Feitelson 2001). The head gets a shadow time, the earliest moment by
/// the estimates when it fits: running gangs are taken in the order of their estimated ends until
/// there is room, of those that end together the smaller first. What is then left over is extra, as
/// in the original: gangs that end at that same moment but were not needed do not add to it. A
/// later job may start now if it fits now and either ends by the shadow time, by its estimate, or
/// leaves room for the head then. A gang that has outrun its estimate is expected to end at any
/// moment. If no estimate makes room (nodes are down), nothing is reserved.
class Easy final : public Backfill {
 public:
  /// `cluster` must outlive this.
  explicit Easy(const Cluster& cluster) : cluster_(cluster), ends_(cluster.types().size()) {}

  std::string_view name() const override { return "easy"; }
  void fill(Filling& filling, JobId head) override;
  void running(const Job& job, const Allocation& allocation, Time estimated_end) override;
  void ended(JobId job) override;

 private:
  struct Gang {
    Demand demand;
    Allocation allocation;
    DeviceTypeId type;
    Time end;
  };
  std::optional<Reservation> reserve(const Filling& filling, const Demand& head) const;
  std::optional<Reservation> reserve_on(const Filling& filling, const Demand& head,
                                        DeviceTypeId type) const;
  /// How long a job may run that starts now; nothing if it does not fit.
  static std::optional<Duration> longest(const Filling& filling, const Demand& demand,
                                         std::optional<Reservation>& reservation);
  static void start(Filling& filling, JobId job, JobId head,
                    std::optional<Reservation>& reservation);

  const Cluster& cluster_;
  PagedMap<JobId, Gang> gangs_;
  /// Estimated end, devices, job.
  using End = std::tuple<Time, std::uint32_t, JobId>;
  static End end_of(const Gang& gang, JobId job) { return {gang.end, gang.demand.devices, job}; }
  /// For each device type of the cluster.
  std::vector<std::set<End>> ends_;
};

}  // namespace tandem

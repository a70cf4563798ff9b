// What a tenant submits, as far as a policy may know it.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "policies/core/elastic.h"
#include "policies/core/ids.h"
#include "policies/core/units.h"

namespace tandem {

enum class JobKind : std::uint8_t { kTrain, kEvaluate, kBatchInfer, kServe, kData, kRelease };
inline constexpr JobKind kJobKinds[] = {JobKind::kTrain, JobKind::kEvaluate, JobKind::kBatchInfer,
                                        JobKind::kServe, JobKind::kData,     JobKind::kRelease};
std::string_view name_of(JobKind kind);

/// A set of device types, one bit for each DeviceTypeId: a cluster has at most 64 types.
using DeviceTypes = std::uint64_t;
inline constexpr DeviceTypes kAnyType = ~DeviceTypes{0};
inline constexpr std::uint32_t kMostDeviceTypes = 64;

/// A set of models, one bit for each ModelId.
using ModelSet = std::uint64_t;

/// A whole device, in the thousandths that devices are shared by.
inline constexpr std::uint32_t kWholeDevice = 1000;

/// What a gang needs to start. All its devices are of one type out of `types`: a gang never mixes
/// types. CPUs and memory are counted per rank, on the node where the rank runs. A job without
/// devices has one rank.
struct Demand {
  std::uint32_t devices = 1;
  /// Thousandths of its device that the job needs; less than a whole only with one device.
  std::uint32_t device_share = kWholeDevice;
  bool one_node = false;  ///< All ranks on one node, as in a pod.
  DeviceTypes types = kAnyType;
  MilliCpus cpus_per_rank;
  Bytes memory_per_rank;
  /// Models that must not run on a node with this one, and this one's; 0 if there are none.
  ModelSet excludes = 0;
  ModelSet model = 0;

  std::uint32_t ranks() const { return std::max(devices, 1u); }
  bool accepts(DeviceTypeId type) const { return (types >> type.value & 1) != 0; }
  /// Whether a node takes one rank only.
  bool excludes_itself() const { return (model & excludes) != 0; }
  bool shares_device() const { return device_share < kWholeDevice; }
  /// Thousandths of devices, of all ranks together.
  std::uint64_t device_thousandths() const { return std::uint64_t{devices} * device_share; }
  /// Whether any split over the nodes of a type will do, so that counting devices is enough.
  bool counts_devices_only() const {
    return !one_node && devices > 0 && !shares_device() && cpus_per_rank.count == 0 &&
           memory_per_rank.count == 0 && excludes == 0;
  }
  friend auto operator<=>(const Demand&, const Demand&) = default;
};

/// One submitted job. Its true run time is not here unless an oracle policy asked for it by name:
/// only the world knows it.
struct Job {
  JobId id;
  TenantId tenant;
  JobKind kind = JobKind::kTrain;
  std::string name;  ///< What the tenant calls it; unique within a workload. No white space.
  Demand demand;     ///< Of the preferred size, if it is elastic.
  std::int64_t priority = 0;  ///< Base priority, larger is more urgent; may change while it waits.
  Time submitted;
  /// Since when nothing but devices is missing: what it depends on is done, limits admit it.
  Time eligible;
  /// Of its run time, by the tenant, on the preferred number of devices of speed 1.
  Duration estimate{};
  std::optional<Duration> oracle_run_time;  ///< On the same terms.
  ModelId model;
  bool preemptible = true;
  Time deadline = kForever;
  /// From 0 to 1,000,000: the job's quality of service and its partition among the best there are.
  std::uint32_t qos_ppm = 0;
  std::uint32_t partition_ppm = 0;
  /// The estimates on the longest chain of jobs that starts with this one and depends on it.
  Duration critical_path{};
  /// Null: rigid, it runs on demand.devices or not at all.
  std::shared_ptr<const Elastic> elastic;

  std::uint32_t least_devices() const { return elastic ? elastic->least : demand.devices; }
  std::uint32_t most_devices() const { return elastic ? elastic->most : demand.devices; }
  /// The largest size below `devices` that its gang may have; nothing: there is none.
  std::optional<std::uint32_t> size_below(std::uint32_t devices) const {
    if (elastic) return elastic->size_below(devices);
    return devices > demand.devices ? std::optional(demand.devices) : std::nullopt;
  }
  bool may_have(std::size_t devices) const {
    return elastic ? elastic->allows(devices) : devices == demand.devices;
  }
  /// What its gang needs when it runs on `devices`.
  Demand demand_on(std::uint32_t devices) const {
    Demand resized = demand;
    resized.devices = devices;
    return resized;
  }
};

}  // namespace tandem

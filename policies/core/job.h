// What a tenant submits, as far as a policy may know it.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "policies/core/ids.h"
#include "policies/core/units.h"

namespace tandem {

enum class JobKind : std::uint8_t { kTrain, kEvaluate, kBatchInfer, kServe };
inline constexpr JobKind kJobKinds[] = {JobKind::kTrain, JobKind::kEvaluate, JobKind::kBatchInfer,
                                        JobKind::kServe};
std::string_view name_of(JobKind kind);

/// A set of device types, one bit for each DeviceTypeId: a cluster has at most 64 types.
using DeviceTypes = std::uint64_t;
inline constexpr DeviceTypes kAnyType = ~DeviceTypes{0};
inline constexpr std::uint32_t kMostDeviceTypes = 64;

/// What a gang needs to start. All its devices are of one type out of `types`: a gang never mixes
/// types. CPUs and memory are counted per rank, on the node where the rank runs. A job without
/// devices has one rank.
struct Demand {
  std::uint32_t devices = 1;
  bool one_node = false;  ///< All ranks on one node, as in a pod.
  DeviceTypes types = kAnyType;
  MilliCpus cpus_per_rank;
  Bytes memory_per_rank;

  std::uint32_t ranks() const { return std::max(devices, 1u); }
  bool accepts(DeviceTypeId type) const { return (types >> type.value & 1) != 0; }
  /// Whether any split over the nodes of a type will do, so that counting devices is enough.
  bool counts_devices_only() const {
    return !one_node && devices > 0 && cpus_per_rank.count == 0 && memory_per_rank.count == 0;
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
  Demand demand;
  std::int64_t priority = 0;  ///< Base priority, larger is more urgent; may change while it waits.
  Time submitted;
  Duration estimate{};  ///< Of its run time, by the tenant.
  std::optional<Duration> oracle_run_time;
};

}  // namespace tandem

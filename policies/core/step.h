// What a World reports and what a Scheduler answers: events in, actions out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "policies/core/ids.h"
#include "policies/core/job.h"
#include "policies/core/pipeline.h"
#include "policies/core/units.h"

namespace tandem {

enum class StopCause : std::uint8_t {
  kPreempted,
  kNodeDown,
  kInterrupted,  ///< By what nobody asked for: one of its processes died or hung.
};
enum class FailCause : std::uint8_t { kFault, kWalltime };

// Events of one instant are handled in the order of this list, and by id within a kind, whatever
// order a world reports them in.

/// The gang computes; its devices have been taken since its Start.
struct Started {
  JobId job;
};
/// How far a gang has come that computes, or stops or ends in this very step: told where it follows
/// not from the time since its start, because its network was shared or because it saved itself.
struct Progressed {
  JobId job;
  Duration work;        ///< Done, and not lost by what follows in this step, at the job's own pace.
  Duration overhead{};  ///< Since it started, or was last told of: time without work, for saving.
};
/// The gang is done and has let go of its devices.
struct Finished {
  JobId job;
};
/// The gang broke by its own fault, or was ended at its estimate, and is not tried again.
struct Failed {
  JobId job;
  FailCause cause = FailCause::kFault;
};
/// The gang computes on the devices of its Resize, and has let go of the others.
struct Resized {
  JobId job;
};
/// The gang let go of its devices before it was done; it waits again.
struct Stopped {
  JobId job;
  StopCause cause = StopCause::kPreempted;
  Duration lost{};  ///< Work since the last checkpoint, to be done again.
};
struct NodeDown {
  NodeId node;
};
struct NodeUp {
  NodeId node;
};
struct Submitted {
  Job job;
  /// Jobs submitted before, or with a smaller id, that must be done before this one may start.
  std::vector<JobId> after = {};
  /// For whoever reports on the run; nothing if the job belongs to no pipeline.
  std::optional<PipelinePart> part = {};
};

struct PriorityChanged {
  JobId job;
  std::int64_t priority = 0;
};
/// Its tenant withdrew the job, which holds nothing more; one that ends in this step stays ended.
struct Cancelled {
  JobId job;
};
using Event = std::variant<Started, Progressed, Finished, Failed, Resized, Stopped, NodeDown,
                           NodeUp, Submitted, PriorityChanged, Cancelled>;

/// All that happened at one instant. May be empty: the deadline came.
struct Step {
  Time now;
  std::vector<Event> events;
};

/// How many ranks of a gang run on a node.
struct NodeShare {
  NodeId node;
  std::uint32_t ranks = 0;
  friend bool operator==(const NodeShare&, const NodeShare&) = default;
};

/// Where a gang runs: the devices in rank order, and the nodes they are on. A job without devices
/// has one node and no device.
struct Allocation {
  std::vector<DeviceId> devices;
  std::vector<NodeShare> nodes;
  friend bool operator==(const Allocation&, const Allocation&) = default;
};

struct Start {
  JobId job;
  Allocation allocation;
  std::string reason;
};
/// Asks a gang to let go; its devices come free with the Stopped that follows.
struct Preempt {
  JobId job;
  std::string reason;
};
/// The job will never run.
struct Reject {
  JobId job;
  std::string reason;
};

/// Asks a running elastic gang to go on with another allocation. Devices it gains are taken now,
/// devices it loses come free with the Resized that follows.
struct Resize {
  JobId job;
  Allocation allocation;
  std::string reason;
};
/// Gives the job a share of time on every device type, in millionths of its gang, without saying
/// which devices: a fluid, which no real cluster can pour. Replaces the share it had.
struct Share {
  JobId job;
  std::vector<std::uint32_t> time_ppm;  ///< By DeviceTypeId; the sum is a million at most.
  std::string reason;
};
/// By the scheduler itself: the job waits, unknown to the policy, for other jobs or for a limit.
struct Hold {
  JobId job;
  std::string reason;
};
/// By the scheduler itself: a job that was held now waits for devices.
struct Admit {
  JobId job;
  std::string reason;
};

using Action = std::variant<Start, Preempt, Reject, Resize, Share, Hold, Admit>;

}  // namespace tandem

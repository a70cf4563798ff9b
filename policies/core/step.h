// What a World reports and what a Scheduler answers: events in, actions out.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "policies/core/ids.h"
#include "policies/core/job.h"
#include "policies/core/units.h"

namespace tandem {

enum class StopCause : std::uint8_t { kPreempted, kNodeDown };

// Events of one instant are handled in the order of this list, and by id within a kind, whatever
// order a world reports them in.

/// The gang computes; its devices have been taken since its Start.
struct Started {
  JobId job;
};
/// The gang is done and has let go of its devices.
struct Finished {
  JobId job;
};
/// The gang broke by its own fault and is not tried again.
struct Failed {
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
};

struct PriorityChanged {
  JobId job;
  std::int64_t priority = 0;
};
/// The tenant withdrew the job; whatever it held is free.
struct Cancelled {
  JobId job;
};
using Event = std::variant<Started, Finished, Failed, Stopped, NodeDown, NodeUp, Submitted,
                           PriorityChanged, Cancelled>;

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

using Action = std::variant<Start, Preempt, Reject>;

}  // namespace tandem

// The wires between storage and nodes, with everybody's transfers sharing them: SimGrid's part.
//
// This is the only header that knows of it, and network.cc the only file that includes it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/step.h"
#include "policies/core/units.h"
#include "workloads/scenario.h"

namespace tandem {

/// Transfers between the storage node and gangs, in flight together: inputs and states that are
/// read, states that are saved. One passes the network cards of the gang's nodes and the uplinks of
/// their racks, both with a rate in each direction, and the storage node, whose rate reads and
/// writes share; flows share links by max-min fairness. There may be one Network in a process.
class Network {
 public:
  enum class Direction { kRead, kWrite };

  /// Builds the platform. `settings` must have a network.
  Network(const Cluster& cluster, const NetworkSettings& settings);
  ~Network();

  /// Begins to move `amount` bytes, split over the nodes by their ranks.
  void begin(JobId job, Direction direction, std::span<const NodeShare> nodes, Bytes amount,
             Time now);
  /// Gives up a transfer that has begun and not ended.
  void cancel(JobId job, Time now);
  /// When the next transfer ends if nothing changes before; nothing if none is in flight.
  std::optional<Time> next_end(Time now);
  /// Brings the flows to `now` and returns the jobs whose transfers have ended, by job.
  std::vector<JobId> advance(Time now);

 private:
  class Platform;
  std::unique_ptr<Platform> platform_;
};

}  // namespace tandem

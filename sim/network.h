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

/// Reads of job inputs, in flight together. A read goes from the storage node through the core and
/// the network cards of the gang's nodes; flows share links by max-min fairness. There may be one
/// Network in a process.
class Network {
 public:
  /// Builds the platform. `settings` must have a network.
  Network(const Cluster& cluster, const NetworkSettings& settings);
  ~Network();

  /// Begins to read `amount` bytes, split over the nodes by their ranks.
  void begin_read(JobId job, std::span<const NodeShare> nodes, Bytes amount, Time now);
  /// Gives up a read that has begun and not ended.
  void cancel_read(JobId job, Time now);
  /// When the next read ends if nothing changes before; nothing if none is in flight.
  std::optional<Time> next_end(Time now);
  /// Brings the flows to `now` and returns the jobs whose reads have ended, by job.
  std::vector<JobId> advance(Time now);

 private:
  class Platform;
  std::unique_ptr<Platform> platform_;
};

}  // namespace tandem

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

/// Transfers in flight together, one of a job at a time: inputs and states that are read, states
/// that are saved, collectives between the nodes of a gang. They pass the network cards of the
/// gang's nodes and the uplinks of their racks, both with a rate in each direction, and those from
/// and to storage the storage node, whose rate reads and writes share; without racks one uplink,
/// the core, is passed by whatever leaves a node. Flows share links by max-min fairness. There may
/// be one Network in a process.
class Network {
 public:
  enum class Direction { kRead, kWrite };
  /// The nodes of a ring are taken rack by rack. As one flow, all of it goes as fast as its slowest
  /// hop; as hops, each is a flow of its own, and the ring has sent when the last of them has.
  enum class Ring { kOneFlow, kHops };

  /// Builds the platform. `settings` must have a network.
  Network(const Cluster& cluster, const NetworkSettings& settings);
  ~Network();

  /// Begins to move `amount` bytes, split over the nodes by their ranks.
  void begin(JobId job, Direction direction, std::span<const NodeShare> nodes, Bytes amount,
             Time now);
  /// Begins what a collective sends to other nodes: each of `nodes`, two or more, sends to the next
  /// for `seconds`, or longer if the wires are not its own. It has `cards` cards on each of them.
  void begin_ring(JobId job, Ring ring, std::span<const NodeShare> nodes, std::uint32_t cards,
                  double seconds, Time now);
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

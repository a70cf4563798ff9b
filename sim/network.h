// The wires between storage and nodes, with everybody's transfers sharing them: SimGrid's part.
//
// This is the only header that knows of it, and network.cc the only file that includes it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "policies/batch/service_recorder.h"
#include "policies/core/cluster.h"
#include "policies/core/step.h"
#include "policies/core/units.h"
#include "workloads/scenario.h"

namespace tandem {

/// Keys and values of a request that a replica of a service sends to another.
struct HandoverId {
  ServiceId service;
  std::uint32_t sender = 0;
  friend auto operator<=>(const HandoverId&, const HandoverId&) = default;
};

/// Whose bytes are in flight: of each, one transfer at a time.
using TransferId = std::variant<JobId, HandoverId>;

/// A part of what goes from one gang to another.
struct NodeMove {
  NodeId from;
  NodeId to;
  std::uint32_t cards = 0;  ///< As many ranks on either side take part in it, at the most.
  double share = 0;         ///< Of all that goes.
};

/// Transfers in flight together: inputs and states that are read, states that are saved,
/// collectives between the nodes of a gang, keys and values between two gangs. They pass the
/// network cards of the nodes and the uplinks of their racks, both with a rate in each direction,
/// and those from and to storage the storage node, whose rate reads and writes share; without racks
/// one uplink, the core, is passed by whatever leaves a node. Flows share links by max-min
/// fairness. There may be one Network in a process.
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
  void begin(TransferId id, Direction direction, std::span<const NodeShare> nodes, Bytes amount,
             Time now);
  /// Begins what a collective sends to other nodes: each of `nodes`, two or more, sends to the next
  /// for `seconds`, or longer if the wires are not its own. It has `cards` cards on each of them.
  void begin_ring(TransferId id, Ring ring, std::span<const NodeShare> nodes, std::uint32_t cards,
                  double seconds, Time now);
  /// Begins to move `amount` bytes between nodes, in one or more parts; ends when all of them have.
  /// A part is as heavy as the cards that it has on a node.
  void begin_moves(TransferId id, std::span<const NodeMove> moves, Bytes amount, Time now);
  /// Gives up a transfer that has begun and whose end advance() has not told.
  void cancel(TransferId id, Time now);
  /// When the next transfer ends if nothing changes before; nothing if none is in flight.
  std::optional<Time> next_end(Time now);
  /// Brings the flows to `now` and returns the transfers that have ended: those of jobs, by job,
  /// then those of services.
  std::vector<TransferId> advance(Time now);

 private:
  class Platform;
  std::unique_ptr<Platform> platform_;
};

}  // namespace tandem

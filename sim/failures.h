// Nodes that break and come back: at random, as planned, or both.
#pragma once

#include <boost/random/taus88.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "policies/core/cluster.h"
#include "policies/core/ids.h"
#include "policies/core/units.h"
#include "sim/event_heap.h"
#include "workloads/scenario.h"

namespace tandem {

/// A node that goes down or comes up.
struct NodeChange {
  Time time;
  NodeId node;
  bool up = false;
};

/// The changes of all nodes in order of time, for ever if nodes fail at random. Each node, and each
/// rack, fails after an exponential time since its last repair; the same for equal seeds, whatever
/// runs. A rack takes its nodes along. Where reasons to be down overlap, the node is down until all
/// are over. An outage until kForever never is.
class Failures {
 public:
  Failures(const FailureSettings& settings, const Cluster& cluster, std::uint64_t seed);

  /// The time of the next change; nothing if there will be none.
  std::optional<Time> next_time();
  /// Takes the next change. There must be one.
  NodeChange pop();
  /// Whether some node is down after what has been popped.
  bool any_down() const { return down_ > 0; }

 private:
  /// What fails at random: a node, or a rack.
  struct Unit {
    boost::random::taus88 stream;  ///< Small: a cluster has thousands of nodes.
    Duration mtbf;
    Duration repair;
    std::vector<NodeId> nodes;
  };
  /// A reason to be down that begins or ends: a planned outage of a node, or a failure of a unit,
  /// which the next one follows after its repair.
  struct Cause {
    NodeId node;
    std::optional<std::uint32_t> unit;
    bool ends = false;
  };
  void add_unit(std::uint64_t key, Duration mtbf, Duration repair, std::vector<NodeId> nodes);
  void schedule_failure(std::uint32_t unit, Time since);
  void find_next();

  std::vector<std::uint32_t> reasons_;  ///< By node: why it is down, counted.
  std::vector<Unit> units_;
  EventHeap<Cause> causes_;
  std::deque<NodeChange> next_;  ///< All changes of one instant.
  std::uint32_t down_ = 0;
};

}  // namespace tandem

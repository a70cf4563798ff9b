// Nodes that break and come back: at random, as planned, or both.
#pragma once

#include <boost/random/taus88.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

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

/// The changes of all nodes in order of time, for ever if nodes fail at random. Each node fails
/// after an exponential time since its last repair; the same for equal seeds, whatever runs. Where
/// a planned outage and a failure overlap, the node is down until both are over. An outage until
/// kForever never is.
class Failures {
 public:
  Failures(const FailureSettings& settings, std::size_t node_count, std::uint64_t seed);

  /// The time of the next change; nothing if there will be none.
  std::optional<Time> next_time();
  /// Takes the next change. There must be one.
  NodeChange pop();
  /// Whether some node is down after what has been popped.
  bool any_down() const { return down_ > 0; }

 private:
  /// A reason to be down that begins or ends.
  struct Cause {
    NodeId node;
    bool ends = false;
    bool random = false;  ///< A failure; the next one follows its repair.
  };
  struct NodeState {
    boost::random::taus88 stream;  ///< Small: a cluster has thousands of nodes.
    std::uint32_t reasons = 0;
  };
  void schedule_failure(NodeId node, Time since);
  void find_next();

  FailureSettings settings_;
  std::vector<NodeState> nodes_;
  EventHeap<Cause> causes_;
  std::deque<NodeChange> next_;  ///< All changes of one instant.
  std::uint32_t down_ = 0;
};

}  // namespace tandem

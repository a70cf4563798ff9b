#include "sim/failures.h"

#include <boost/random/exponential_distribution.hpp>
#include <map>

#include "workloads/generators/random.h"

namespace tandem {

Failures::Failures(const FailureSettings& settings, std::size_t node_count, std::uint64_t seed)
    : settings_(settings), nodes_(node_count) {
  for (const Outage& outage : settings_.outages) {
    causes_.schedule(outage.down, {outage.node, false, false});
    if (outage.up < kForever) causes_.schedule(outage.up, {outage.node, true, false});
  }
  if (!settings_.node_mtbf) return;
  for (std::uint32_t node = 0; node < node_count; ++node) {
    const std::uint64_t key = stream_key(seed, node, Purpose::kFailure);
    nodes_[node].stream.seed(static_cast<std::uint32_t>(key >> 32));
    schedule_failure({node}, kStartOfTime);
  }
}

void Failures::schedule_failure(NodeId node, Time since) {
  boost::random::exponential_distribution<double> lifetimes;
  const double life = lifetimes(nodes_[node.value].stream);
  const double after = life * static_cast<double>(settings_.node_mtbf->count());
  // Not within what a Time can tell: never.
  if (after >= static_cast<double>((kForever - since - settings_.repair).count())) return;
  causes_.schedule(since + Duration{static_cast<std::int64_t>(after)}, {node, false, true});
}

void Failures::find_next() {
  while (next_.empty() && !causes_.empty()) {
    // All causes of one instant together: a node that goes and comes at once does neither.
    const Time time = causes_.next_time();
    std::map<NodeId, bool> was_down;
    while (!causes_.empty() && causes_.next_time() == time) {
      const Cause cause = causes_.pop();
      std::uint32_t& reasons = nodes_[cause.node.value].reasons;
      was_down.try_emplace(cause.node, reasons > 0);
      cause.ends ? --reasons : ++reasons;
      if (!cause.random) continue;
      if (cause.ends) {
        schedule_failure(cause.node, time);
      } else {
        causes_.schedule(time + settings_.repair, {cause.node, true, true});
      }
    }
    for (const auto& [node, was] : was_down) {
      const bool is_down = nodes_[node.value].reasons > 0;
      if (is_down != was) next_.push_back({time, node, !is_down});
    }
  }
}

std::optional<Time> Failures::next_time() {
  find_next();
  return next_.empty() ? std::nullopt : std::optional(next_.front().time);
}

NodeChange Failures::pop() {
  find_next();
  const NodeChange change = next_.front();
  next_.pop_front();
  change.up ? --down_ : ++down_;
  return change;
}

}  // namespace tandem

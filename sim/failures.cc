#include "sim/failures.h"

#include <boost/random/exponential_distribution.hpp>
#include <map>
#include <span>
#include <utility>

#include "workloads/generators/random.h"

namespace tandem {

Failures::Failures(const FailureSettings& settings, const Cluster& cluster, std::uint64_t seed)
    : reasons_(cluster.nodes().size()) {
  for (const Outage& outage : settings.outages) {
    causes_.schedule(outage.down, {outage.node, {}, false});
    if (outage.up < kForever) causes_.schedule(outage.up, {outage.node, {}, true});
  }
  if (settings.node_mtbf) {
    for (const Node& node : cluster.nodes()) {
      add_unit(stream_key(seed, node.id.value, Purpose::kFailure), *settings.node_mtbf,
               settings.repair, {node.id});
    }
  }
  if (settings.rack_mtbf) {
    std::map<std::uint32_t, std::vector<NodeId>> racks;
    for (const Node& node : cluster.nodes()) racks[node.rack].push_back(node.id);
    for (auto& [rack, nodes] : racks) {
      add_unit(stream_key(seed, rack, Purpose::kRackFailure), *settings.rack_mtbf,
               settings.rack_repair, std::move(nodes));
    }
  }
}

void Failures::add_unit(std::uint64_t key, Duration mtbf, Duration repair,
                        std::vector<NodeId> nodes) {
  const auto number = static_cast<std::uint32_t>(units_.size());
  units_.push_back({boost::random::taus88(static_cast<std::uint32_t>(key >> 32)), mtbf, repair,
                    std::move(nodes)});
  schedule_failure(number, kStartOfTime);
}

void Failures::schedule_failure(std::uint32_t number, Time since) {
  Unit& unit = units_[number];
  boost::random::exponential_distribution<double> lifetimes;
  const double after = lifetimes(unit.stream) * static_cast<double>(unit.mtbf.count());
  // Not within what a Time can tell: never.
  if (after >= static_cast<double>((kForever - since - unit.repair).count())) return;
  causes_.schedule(since + Duration{static_cast<std::int64_t>(after)},
                   {unit.nodes.front(), number, false});
}

void Failures::find_next() {
  while (next_.empty() && !causes_.empty()) {
    // All causes of one instant together: a node that goes and comes at once does neither.
    const Time time = causes_.next_time();
    std::map<NodeId, bool> was_down;
    while (!causes_.empty() && causes_.next_time() == time) {
      const Cause cause = causes_.pop();
      const std::span<const NodeId> nodes = cause.unit
                                                ? std::span<const NodeId>(units_[*cause.unit].nodes)
                                                : std::span<const NodeId>(&cause.node, 1);
      for (const NodeId node : nodes) {
        was_down.try_emplace(node, reasons_[node.value] > 0);
        cause.ends ? --reasons_[node.value] : ++reasons_[node.value];
      }
      if (!cause.unit) continue;
      if (cause.ends) {
        schedule_failure(*cause.unit, time);
      } else {
        causes_.schedule(time + units_[*cause.unit].repair, {cause.node, cause.unit, true});
      }
    }
    for (const auto& [node, was] : was_down) {
      const bool is_down = reasons_[node.value] > 0;
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

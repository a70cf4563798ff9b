// Wires, and what breaks.
#include <fmt/format.h>

#include <algorithm>

#include "policies/core/nearest.h"
#include "workloads/scenario/build.h"

namespace tandem {
namespace {

std::vector<std::string> node_names(const Cluster& cluster) {
  // Enough to suggest from; comparing a misspelt name with a million would take seconds.
  constexpr std::size_t kMostCompared = 10'000;
  std::vector<std::string> names;
  for (const Node& node : cluster.nodes()) {
    if (names.size() == kMostCompared) break;
    names.push_back(node.name);
  }
  return names;
}

void add_outage(const Value& value, ScenarioBuild& build) {
  const Value& name = *value.find("node");
  const auto node = build.nodes.find(name.text);
  if (node == build.nodes.end()) {
    // A plan tries clusters that lack it: what is not there cannot go down.
    const auto has_name = [&](const Node& other) { return other.name == name.text; };
    const Cluster* described = build.load_cluster;
    if (described != nullptr && std::ranges::any_of(described->nodes(), has_name)) return;
    return build.fail(name, fmt::format("unknown node '{}'{}", name.text,
                                        suggestion(name.text, node_names(build.scenario.cluster))));
  }
  const Time down{duration_of(*value.find("at"))};
  build.scenario.failures.outages.push_back(
      {node->second, down, down + duration_of(*value.find("for"))});
}

void check_overlaps(const Value& list, ScenarioBuild& build) {
  auto& outages = build.scenario.failures.outages;
  std::ranges::sort(outages, {}, [](const Outage& o) { return std::pair(o.node, o.down); });
  for (std::size_t i = 1; i < outages.size(); ++i) {
    if (outages[i].node != outages[i - 1].node || outages[i].down >= outages[i - 1].up) continue;
    build.fail(list, fmt::format("cluster.failures.outages: two outages of node '{}' overlap",
                                 build.scenario.cluster.node(outages[i].node).name));
  }
  std::ranges::sort(outages, {}, [](const Outage& o) { return std::pair(o.down, o.node); });
}

void build_racks(const Value& value, ScenarioBuild& build) {
  FailureSettings& failures = build.scenario.failures;
  const Value* mtbf = value.find("rack_mtbf");
  const Value* repair = value.find("rack_repair");
  failures.rack_repair = repair != nullptr ? duration_of(*repair) : failures.repair;
  if (mtbf == nullptr) return;
  failures.rack_mtbf = duration_of(*mtbf);
  build.scenario.random = true;
  if (repair == nullptr && value.find("repair") == nullptr) {
    build.fail(*mtbf, "rack_mtbf needs 'rack_repair' or 'repair': how long a repair takes");
  }
  const auto& nodes = build.scenario.cluster.nodes();
  const bool has_racks = !nodes.empty() && nodes.back().rack != nodes.front().rack;
  if (!has_racks) build.fail(*mtbf, "rack_mtbf needs racks: give the node groups 'rack'");
}

void build_interval(const Value& value, ScenarioBuild& build) {
  FailureSettings& failures = build.scenario.failures;
  if (value.text != "young" && value.text != "daly") {
    failures.checkpoint_interval = duration_of(value);
    return;
  }
  failures.checkpoint_rule = value.text == "young" ? CheckpointRule::kYoung : CheckpointRule::kDaly;
  if (!failures.node_mtbf && !failures.rack_mtbf) {
    build.fail(value, fmt::format("'{}' needs node_mtbf or rack_mtbf", value.text));
  }
  if (build.scenario.network.nic_bits_per_s <= 0) {
    build.fail(value, fmt::format("'{}' needs cluster.network, and jobs with a 'state': saving "
                                  "takes no time otherwise",
                                  value.text));
  }
}

}  // namespace

void build_network(ScenarioBuild& build) {
  const Value& cluster = *build.document.root.find("cluster");
  const Value* network = cluster.find("network");
  const Value* storage = cluster.find("storage");
  NetworkSettings& settings = build.scenario.network;
  if (network == nullptr) {
    if (storage != nullptr) {
      build.fail(*storage,
                 "cluster.storage needs cluster.network: without it transfers take no time");
    }
    return;
  }
  settings.nic_bits_per_s = bandwidth_of(*network->find("nic"));
  if (const Value* nics = network->find("nics_per_node")) {
    settings.nics_per_node = static_cast<std::uint32_t>(integer_of(*nics));
  }
  const Value* topology = network->find("topology");
  const bool is_flat = topology == nullptr || topology->text == "flat";
  if (const Value* ratio = network->find("oversubscription")) {
    settings.oversubscription = number_of(*ratio);
    if (is_flat && settings.oversubscription != 1) {
      build.fail(*ratio, "a flat network is not oversubscribed; say topology: fat-tree");
    }
  }
  if (const Value* fidelity = network->find("fidelity")) {
    settings.fidelity = static_cast<Fidelity>(fidelity->text.back() - '0');
  }
  if (storage != nullptr) {
    settings.storage_bits_per_s = bandwidth_of(*storage->find("bandwidth"));
  }
}

void build_failures(ScenarioBuild& build) {
  const Value* value = build.document.root.find("cluster")->find("failures");
  if (value == nullptr) return;
  FailureSettings& failures = build.scenario.failures;
  const Value* mtbf = value->find("node_mtbf");
  const Value* repair = value->find("repair");
  if (mtbf != nullptr) {
    failures.node_mtbf = duration_of(*mtbf);
    build.scenario.random = true;
    if (repair == nullptr) build.fail(*mtbf, "node_mtbf needs 'repair': how long a repair takes");
  }
  if (repair != nullptr) failures.repair = duration_of(*repair);
  build_racks(*value, build);
  if (const Value* detection = value->find("detection")) {
    failures.detection = duration_of(*detection);
  }
  if (const Value* interval = value->find("checkpoint_interval")) build_interval(*interval, build);
  if (const Value* outages = value->find("outages")) {
    for (const Value& outage : outages->items) add_outage(outage, build);
    check_overlaps(*outages, build);
  }
}

}  // namespace tandem

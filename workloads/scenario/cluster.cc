// Nodes and what they cost.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "policies/core/nearest.h"
#include "workloads/catalog/catalog.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"
#include "workloads/traces/trace.h"

namespace tandem {
namespace {

constexpr std::uint64_t kMostNodes = 1'000'000;
constexpr std::uint64_t kMostDevices = 10'000'000;
/// What nodes without devices have in place of a device type.
constexpr std::string_view kNoDevice = "none";

std::int64_t integer_or(const Value* value, std::int64_t fallback) {
  return value != nullptr ? integer_of(*value) : fallback;
}

class NodeBuilder {
 public:
  explicit NodeBuilder(ScenarioBuild& build) : build_(build), cluster_(build.scenario.cluster) {}

  void add_group(const Value& group) {
    const std::string& name = group.find("name")->text;
    const auto count = static_cast<std::uint64_t>(integer_or(group.find("count"), 1));
    const Value* devices = group.find("devices");
    std::uint32_t each = 0;
    if (devices != nullptr) {
      each = static_cast<std::uint32_t>(integer_or(devices->find("count"), 1));
    }
    if (!has_room(group, count, each * count)) return;
    if (build_.groups.contains(name)) {
      return build_.fail(*group.find("name"), fmt::format("there are two node groups '{}'", name));
    }
    if (devices != nullptr) check_known(*devices->find("type"));
    const DeviceTypeId type =
        cluster_.add_type(devices != nullptr ? devices->find("type")->text : kNoDevice);
    build_.groups[name] = devices != nullptr ? std::optional(type) : std::nullopt;

    MilliCpus cpus{kUncounted};
    if (const Value* cores = group.find("cpus")) {
      cpus.count = std::llround(std::min(1e12, number_of(*cores)) * 1000);
    }
    const Value* memory = group.find("memory");
    const Bytes bytes =
        memory != nullptr ? std::min(bytes_of(*memory), Bytes{kUncounted}) : Bytes{kUncounted};
    const Value* rack = group.find("rack");
    has_racks_ |= rack != nullptr;
    const auto per_rack = static_cast<std::uint64_t>(integer_or(rack, std::int64_t{kMostNodes}));
    for (std::uint64_t i = 0; i < count; ++i) {
      if (i % per_rack == 0) ++racks_;
      add_node(group, fmt::format("{}-{}", name, i), type, each, cpus, bytes);
    }
  }

  void add_listed(const Value& trace) {
    const auto file = build_.file_named(*trace.find("file"));
    if (!file) return;
    ++racks_;
    build_.attempt([&] {
      for (const TraceNode& node : read_openb_nodes(*file)) {
        if (!has_room(trace, 1, node.devices)) return;
        const bool has_devices = node.devices > 0 && !node.device_type.empty();
        const DeviceTypeId type =
            cluster_.add_type(has_devices ? std::string_view(node.device_type) : kNoDevice);
        add_node(trace, node.name, type, has_devices ? node.devices : 0, node.cpus, node.memory);
      }
    });
  }

  /// Where the nodes stand, if any group has racks. A group without them is one rack.
  void set_places(const Value& cluster) {
    const Value* network = cluster.find("network");
    const Value* per_pod = network != nullptr ? network->find("racks_per_pod") : nullptr;
    if (per_pod != nullptr && !has_racks_) {
      build_.fail(*per_pod, "racks_per_pod needs racks: give the node groups 'rack'");
    }
    if (!has_racks_) return;
    const auto racks_per_pod =
        static_cast<std::uint32_t>(integer_or(per_pod, std::int64_t{kMostNodes}));
    for (std::uint32_t node = 0; node < rack_of_.size(); ++node) {
      cluster_.set_place(NodeId{node}, rack_of_[node], rack_of_[node] / racks_per_pod);
    }
  }

 private:
  void check_known(const Value& type) {
    std::vector<std::string> names{std::string(kAnyDevice)};
    for (const DeviceType& known : build_.scenario.catalog->devices) names.push_back(known.name);
    if (std::ranges::find(names, type.text) != names.end()) return;
    build_.fail(type, fmt::format("devices.type: expected a device type of the catalogue, or "
                                  "'any', not {}{}",
                                  shown(type), suggestion_of_many(type.text, names)));
  }

  bool has_room(const Value& value, std::uint64_t nodes, std::uint64_t devices) {
    const bool fits = cluster_.nodes().size() + nodes <= kMostNodes &&
                      cluster_.device_count() + devices <= kMostDevices;
    if (!fits) {
      build_.fail(value, fmt::format("a cluster has at most {} nodes and {} devices", kMostNodes,
                                     kMostDevices));
    }
    return fits;
  }

  void add_node(const Value& value, std::string name, DeviceTypeId type, std::uint32_t devices,
                MilliCpus cpus, Bytes memory) {
    const NodeId id{static_cast<std::uint32_t>(cluster_.nodes().size())};
    if (!build_.nodes.emplace(name, id).second) {
      return build_.fail(value, fmt::format("there are two nodes '{}'", name));
    }
    cluster_.add_node(std::move(name), type, devices, cpus, memory);
    rack_of_.push_back(racks_ - 1);
  }

  ScenarioBuild& build_;
  Cluster& cluster_;
  bool has_racks_ = false;
  std::uint32_t racks_ = 0;
  std::vector<std::uint32_t> rack_of_;  ///< By node.
};

void look_up_power(Scenario& scenario) {
  for (const std::string& name : scenario.cluster.types()) {
    DevicePower power;
    for (const DeviceType& type : scenario.catalog->devices) {
      if (type.name == name) power = {type.busy_watts, type.idle_watts};
    }
    scenario.power.push_back(power);
  }
}

/// The device type of the node group that an entry of cluster.`what` names; nothing, with a problem
/// noted, if there is none.
std::optional<DeviceTypeId> type_of_group(const Value& entry, std::string_view what,
                                          ScenarioBuild& build) {
  std::vector<std::string> names;
  for (const auto& [name, type] : build.groups) names.push_back(name);
  std::ranges::sort(names);
  const auto group = build.groups.find(entry.key);
  if (group == build.groups.end()) {
    build.problems.add(build.document.key_position(entry),
                       fmt::format("cluster.{}: unknown node group '{}'{}", what, entry.key,
                                   suggestion(entry.key, names)));
    return std::nullopt;
  }
  if (!group->second) {
    build.fail(entry, fmt::format("cluster.{}: nodes '{}' have no devices", what, entry.key));
  }
  return group->second;
}

/// Sets a figure of a device type, which no other group of that type may have set otherwise.
void set_figure(std::optional<double>& known, double figure, const Value& entry,
                std::string_view what, DeviceTypeId type, ScenarioBuild& build) {
  if (known && *known != figure) {
    build.fail(entry, fmt::format("cluster.{0}: another {0} was given for '{1}'; all groups of one "
                                  "device type have the same",
                                  what, build.scenario.cluster.type_name(type)));
  }
  known = figure;
}

void build_prices(const Value& prices, ScenarioBuild& build) {
  for (const Value& entry : prices.items) {
    const auto type = type_of_group(entry, "price", build);
    if (!type) continue;
    const Value* spot = entry.find("spot");
    const Value* reserved = entry.find("reserved");
    auto known = build.scenario.is_spot[type->value];
    if (build.scenario.price_per_device_hour[type->value] && known != (spot != nullptr)) {
      build.fail(entry, fmt::format("cluster.price: '{}' is spot in one group and reserved in "
                                    "another; all groups of one device type have the same",
                                    build.scenario.cluster.type_name(*type)));
    }
    known = spot != nullptr;
    const Value& price = spot != nullptr ? *spot : reserved != nullptr ? *reserved : entry;
    set_figure(build.scenario.price_per_device_hour[type->value], price_of(price), price, "price",
               *type, build);
    build.scenario.cluster.set_price(*type, price_of(price));
  }
}

void build_facility(const Value& cluster, Scenario& scenario) {
  if (const Value* factor = cluster.find("pue")) scenario.facility_factor = number_of(*factor);
  if (const Value* carbon = cluster.find("carbon")) scenario.carbon_g_per_kwh = carbon_of(*carbon);
}

void build_power(const Value& powers, ScenarioBuild& build) {
  std::vector<DevicePower> stated(build.scenario.power.size());
  for (const Value& power : powers.items) {
    const auto type = type_of_group(power, "power", build);
    if (!type) continue;
    DevicePower& known = stated[type->value];
    if (const Value* busy = power.find("busy")) {
      set_figure(known.busy_watts, power_of(*busy), power, "power", *type, build);
    }
    if (const Value* idle = power.find("idle")) {
      set_figure(known.idle_watts, power_of(*idle), power, "power", *type, build);
    }
  }
  for (std::size_t type = 0; type < stated.size(); ++type) {
    DevicePower& power = build.scenario.power[type];
    if (stated[type].busy_watts) power.busy_watts = stated[type].busy_watts;
    if (stated[type].idle_watts) power.idle_watts = stated[type].idle_watts;
  }
}

}  // namespace

void build_catalog(ScenarioBuild& build) {
  const Value* files = build.document.root.find("catalog");
  // The built-in one lives as long as the program: there is nothing to own.
  build.scenario.catalog = {std::shared_ptr<const Catalog>(), &built_in_catalog()};
  if (files == nullptr) return;
  auto catalog = std::make_shared<Catalog>(built_in_catalog());
  for (const Value& name : files->items) {
    const auto file = build.file_named(name);
    if (!file) continue;
    build.attempt([&] { add_to_catalog(*catalog, read_scenario_file(*file), file->string()); });
  }
  build.scenario.catalog = std::move(catalog);
}

void build_cluster(ScenarioBuild& build) {
  const Value& cluster = *build.document.root.find("cluster");
  NodeBuilder nodes(build);
  for (const Value& entry : cluster.find("nodes")->items) {
    build.attempt([&] {
      if (const Value* trace = entry.find("trace")) {
        nodes.add_listed(*trace);
      } else {
        nodes.add_group(entry);
      }
    });
  }
  nodes.set_places(cluster);
  look_up_power(build.scenario);
  build.scenario.price_per_device_hour.resize(build.scenario.cluster.types().size());
  build.scenario.is_spot.resize(build.scenario.cluster.types().size());
  build_facility(cluster, build.scenario);
  if (const Value* prices = cluster.find("price")) build_prices(*prices, build);
  if (const Value* powers = cluster.find("power")) build_power(*powers, build);
}

}  // namespace tandem

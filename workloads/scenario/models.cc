// What jobs run and on what terms: models, qualities of service and partitions.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "policies/core/nearest.h"
#include "workloads/scenario/build.h"

namespace tandem {
namespace {

/// Of a share of the largest, in millionths.
std::uint32_t ppm_of(double amount, double largest) {
  return largest > 0 ? static_cast<std::uint32_t>(std::llround(amount / largest * 1e6)) : 0;
}

class ModelBuilder {
 public:
  explicit ModelBuilder(ScenarioBuild& build) : build_(build), models_(build.scenario.models) {}

  void add(const Value& value) {
    build_.attempt(value, [&] { models_.add(value.key, speeds(value)); });
  }

  void add_exclusions(const Value& value) {
    const Value* excludes = value.find("excludes");
    const auto model = models_.find(value.key);
    if (excludes == nullptr || !model) return;
    for (const Value& name : excludes->items) {
      const auto other = model_named(name.text, build_.document.position(name), build_);
      if (other) models_.exclude(*model, *other);
    }
  }

 private:
  /// By device type. Types that the cluster does not have are checked and passed over.
  std::vector<std::uint32_t> speeds(const Value& value) {
    const Value* list = value.find("throughput");
    if (list == nullptr) return {};
    std::map<std::string, double> throughput;
    double fastest = 0;
    for (const Value& item : list->items) {
      build_.attempt(item, [&] { types_named({item.key}, build_); });
      throughput[item.key] = number_of(item);
      fastest = std::max(fastest, number_of(item));
    }
    const double reference = reference_of(value, throughput, fastest);
    std::vector<std::uint32_t> speeds;
    const auto types = build_.scenario.cluster.types();
    for (std::uint32_t type = 0; type < types.size(); ++type) {
      const auto known = throughput.find(types[type]);
      const bool matters = build_.scenario.cluster.device_count(DeviceTypeId{type}) > 0;
      if (known == throughput.end() && matters) {
        build_.fail(*list, fmt::format("throughput of '{}': the cluster has '{}' too; give 0 if it "
                                       "cannot run there",
                                       value.key, types[type]));
      }
      speeds.push_back(known == throughput.end() ? 0 : speed(known->second, reference, *list));
    }
    return speeds;
  }

  double reference_of(const Value& value, const std::map<std::string, double>& throughput,
                      double fastest) {
    const Value* named = value.find("reference");
    if (named == nullptr) return fastest;
    const auto found = throughput.find(named->text);
    if (found != throughput.end() && found->second > 0) return found->second;
    std::vector<std::string> names;
    for (const auto& [name, amount] : throughput) {
      if (amount > 0) names.push_back(name);
    }
    build_.fail(*named, fmt::format("'{}' has no throughput above 0{}", named->text,
                                    suggestion(named->text, names)));
    return fastest;
  }

  std::uint32_t speed(double throughput, double reference, const Value& list) {
    constexpr double kFastest = 4000;
    if (throughput == 0) return 0;
    const double ratio = throughput / reference;
    if (ratio > kFastest || ratio < 1e-6) {
      build_.fail(list,
                  fmt::format("a device that is {:g} times as fast as the reference: from 1e-6 "
                              "to {:g} is possible",
                              ratio, kFastest));
      return 0;
    }
    return static_cast<std::uint32_t>(std::llround(ratio * 1e6));
  }

  ScenarioBuild& build_;
  Models& models_;
};

}  // namespace

std::optional<ModelId> model_named(const std::string& name, const Position& where,
                                   ScenarioBuild& build) {
  const Models& models = build.scenario.models;
  if (const auto found = models.find(name); found && !name.empty()) return found;
  std::vector<std::string> names;
  for (const Model& model : models.all().subspan(1)) names.push_back(model.name);
  build.problems.add(
      where, names.empty() ? fmt::format("unknown model '{}': the scenario has no "
                                         "workload.models",
                                         name)
                           : fmt::format("unknown model '{}'{}", name, suggestion(name, names)));
  return std::nullopt;
}

void build_models(ScenarioBuild& build) {
  const Value* models = build.document.root.find("workload")->find("models");
  if (models == nullptr) return;
  ModelBuilder builder(build);
  for (const Value& model : models->items) builder.add(model);
  for (const Value& model : models->items) builder.add_exclusions(model);
}

void build_qos(ScenarioBuild& build) {
  const Value* qos = build.document.root.find("workload")->find("qos");
  if (qos == nullptr) return;
  double most = 0;
  for (const Value& entry : qos->items) most = std::max(most, number_of(entry));
  for (const Value& entry : qos->items) build.qos_ppm[entry.key] = ppm_of(number_of(entry), most);
}

void build_partitions(ScenarioBuild& build) {
  const Value* partitions = build.document.root.find("cluster")->find("partitions");
  if (partitions == nullptr) return;
  const auto priority = [](const Value& partition) {
    const Value* stated = partition.find("priority");
    return stated != nullptr ? number_of(*stated) : 0;
  };
  double most = 0;
  for (const Value& entry : partitions->items) most = std::max(most, priority(entry));
  for (const Value& entry : partitions->items) {
    Partition& partition = build.partitions[entry.key];
    partition.priority_ppm = ppm_of(priority(entry), most);
    const Value* types = entry.find("types");
    if (types == nullptr) continue;
    std::vector<std::string> names;
    for (const Value& type : types->items) names.push_back(type.text);
    build.attempt(*types, [&] { partition.types = types_named(names, build); });
  }
}

}  // namespace tandem

// What jobs say of themselves beside their size, their times and who submits them: the same keys
// for a job that is written out, a stage of a pipeline and drawn jobs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "policies/core/nearest.h"
#include "workloads/scenario/build.h"

namespace tandem {
namespace {

constexpr double kMillion = 1e6;

JobKind kind_of(const Value& value) {
  const Value* kind = value.find("kind");
  for (const JobKind known : kJobKinds) {
    if (kind != nullptr && name_of(known) == kind->text) return known;
  }
  return JobKind::kTrain;
}

Demand demand_of(const Value& value, ScenarioBuild& build) {
  Demand demand;
  if (const Value* cpus = value.find("cpus")) {
    demand.cpus_per_rank = {std::llround(number_of(*cpus) * 1000)};
  }
  if (const Value* memory = value.find("memory")) demand.memory_per_rank = bytes_of(*memory);
  if (const Value* one_node = value.find("one_node")) demand.one_node = bool_of(*one_node);
  if (const Value* share = value.find("share")) {
    demand.device_share =
        static_cast<std::uint32_t>(std::llround(number_of(*share) * kWholeDevice));
  }
  if (const Value* types = value.find("types")) {
    std::vector<std::string> names;
    for (const Value& type : types->items) names.push_back(type.text);
    build.attempt(*types, [&] { demand.types = types_named(names, build); });
  }
  return demand;
}

void read_speedups(const Value& list, Elastic& elastic, ScenarioBuild& build) {
  for (const Value& item : list.items) {
    const auto speedup = static_cast<std::uint64_t>(std::llround(number_of(item) * kMillion));
    const auto devices = std::clamp<std::int64_t>(key_number(item), 0, 1'000'000'000);
    elastic.speedups.push_back({static_cast<std::uint32_t>(devices), speedup});
  }
  std::ranges::sort(elastic.speedups, {}, &Elastic::Point::devices);
  for (std::size_t i = 1; i < elastic.speedups.size(); ++i) {
    const Elastic::Point& fewer = elastic.speedups[i - 1];
    const Elastic::Point& more = elastic.speedups[i];
    if (fewer.devices < more.devices && fewer.speedup_ppm <= more.speedup_ppm) continue;
    build.fail(list, fmt::format("speedup: {} devices must not be slower than {}", more.devices,
                                 fewer.devices));
  }
}

std::shared_ptr<const Elastic> elastic_of(const Value& value, ScenarioBuild& build) {
  auto elastic = std::make_shared<Elastic>();
  elastic->least = static_cast<std::uint32_t>(integer_of(*value.find("min")));
  elastic->most = static_cast<std::uint32_t>(integer_of(*value.find("max")));
  if (elastic->least > elastic->most) {
    build.fail(value,
               fmt::format("elastic: min {} is more than max {}", elastic->least, elastic->most));
  }
  if (const Value* speedup = value.find("speedup")) read_speedups(*speedup, *elastic, build);
  return elastic;
}

/// The entry of a map that a value names; null, with a problem noted, if there is none.
template <class Map>
const typename Map::mapped_type* entry_named(const Map& known, const Value& value,
                                             std::string_view what, ScenarioBuild& build) {
  const auto found = known.find(value.text);
  if (found != known.end()) return &found->second;
  std::vector<std::string> names;
  for (const auto& [name, entry] : known) names.push_back(name);
  build.fail(value, names.empty() ? fmt::format("unknown {0} '{1}': the scenario has no {0}", what,
                                                value.text)
                                  : fmt::format("unknown {} '{}'{}", what, value.text,
                                                suggestion(value.text, names)));
  return nullptr;
}

}  // namespace

Arrival common_of(const Value& value, ScenarioBuild& build) {
  Arrival arrival;
  Job& job = arrival.job;
  job.demand = demand_of(value, build);
  job.kind = kind_of(value);
  if (const Value* preemptible = value.find("preemptible")) job.preemptible = bool_of(*preemptible);
  if (const Value* elastic = value.find("elastic")) job.elastic = elastic_of(*elastic, build);
  if (const Value* input = value.find("input")) arrival.input = bytes_of(*input);
  if (const Value* state = value.find("state")) arrival.state = bytes_of(*state);
  if (const Value* qos = value.find("qos")) {
    if (const auto* ppm = entry_named(build.qos_ppm, *qos, "qos", build)) job.qos_ppm = *ppm;
  }
  if (const Value* name = value.find("partition")) {
    if (const auto* found = entry_named(build.partitions, *name, "partition", build)) {
      job.partition_ppm = found->priority_ppm;
      job.demand.types &= found->types;
    }
  }
  // What a training job names is in the catalogue, and not how fast a job is.
  if (const Value* name = value.find("model"); name != nullptr && !value.has("parallel")) {
    job.model = model_named(name->text, build.document.position(*name), build).value_or(ModelId{});
  }
  return arrival;
}

void check_sizes(const Value& value, const Arrival& common, std::span<const std::uint32_t> sizes,
                 ScenarioBuild& build) {
  const Value* share = value.find("share");
  const Value* elastic = value.find("elastic");
  const bool is_part = share != nullptr && common.job.demand.shares_device();
  if (is_part && elastic != nullptr) {
    build.fail(*share, "share: an elastic job has whole devices");
  }
  for (const std::uint32_t devices : sizes) {
    if (is_part && devices != 1) {
      return build.fail(*share, fmt::format("share: a part of a device is for jobs with 'devices: "
                                            "1', not {}",
                                            devices));
    }
    const Elastic* range = elastic != nullptr ? common.job.elastic.get() : nullptr;
    if (range != nullptr && (devices < range->least || devices > range->most)) {
      return build.fail(*elastic, fmt::format("elastic: 'devices: {}' is not from min {} to max {}",
                                              devices, range->least, range->most));
    }
  }
}

std::optional<Duration> deadline_of(const Value& value) {
  const Value* deadline = value.find("deadline");
  return deadline != nullptr ? std::optional(duration_of(*deadline)) : std::nullopt;
}

}  // namespace tandem

// Jobs that a scenario lists one by one, and the changes to come.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "policies/core/nearest.h"
#include "workloads/catalog/hardware.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

bool is_in_catalogue(const std::string& name) {
  return std::ranges::any_of(device_types(), [&](const DeviceType& t) { return t.name == name; });
}

Arrival job_of(const Value& value, ScenarioBuild& build) {
  Arrival arrival;
  Job& job = arrival.job;
  const Value& name = *value.find("name");
  job.name = name.text;
  if (!build.sources.names.add(job.name)) {
    build.fail(name, fmt::format("there are two jobs '{}'", job.name));
  }
  job.demand = demand_of(value, build);
  if (const Value* devices = value.find("devices")) {
    job.demand.devices = static_cast<std::uint32_t>(integer_of(*devices));
  }
  if (job.demand.devices == 0) job.demand.types = kAnyType;
  job.kind = kind_of(value);
  if (const Value* priority = value.find("priority")) job.priority = integer_of(*priority);
  if (const Value* submit = value.find("submit")) job.submitted = Time{duration_of(*submit)};
  arrival.run_time = duration_of(*value.find("duration"));
  job.estimate = arrival.run_time;
  if (const Value* estimate = value.find("estimate")) {
    job.estimate = duration_of(*estimate);
    if (job.estimate < arrival.run_time) {
      build.fail(*estimate,
                 fmt::format("the estimate {} is below the duration {}; estimates do not "
                             "end a job here, so it must be at least that",
                             shown(*estimate), shown(*value.find("duration"))));
    }
  }
  if (const Value* input = value.find("input")) arrival.input = bytes_of(*input);
  const Value* tenant = value.find("tenant");
  build.attempt(tenant != nullptr ? *tenant : value, [&] {
    job.tenant = tenant != nullptr ? build.tenants.resolve_declared(tenant->text)
                                   : build.tenants.resolve(kDefaultTenant);
  });
  return arrival;
}

/// Reports names that a listed job shares with a generator's.
void check_clashes(const Value& jobs, ScenarioBuild& build) {
  for (const std::string& name : build.sources.names.clashes()) {
    build.fail(jobs, fmt::format("the job name '{}' is also one of a generator's", name));
  }
}

}  // namespace

Demand demand_of(const Value& value, ScenarioBuild& build) {
  Demand demand;
  if (const Value* cpus = value.find("cpus")) {
    demand.cpus_per_rank = {std::llround(number_of(*cpus) * 1000)};
  }
  if (const Value* memory = value.find("memory")) demand.memory_per_rank = bytes_of(*memory);
  if (const Value* one_node = value.find("one_node")) demand.one_node = bool_of(*one_node);
  if (const Value* types = value.find("types")) {
    std::vector<std::string> names;
    for (const Value& type : types->items) names.push_back(type.text);
    build.attempt(*types, [&] { demand.types = types_named(names, build.scenario.cluster); });
  }
  return demand;
}

JobKind kind_of(const Value& value) {
  const Value* kind = value.find("kind");
  for (const JobKind known : kJobKinds) {
    if (kind != nullptr && name_of(known) == kind->text) return known;
  }
  return JobKind::kTrain;
}

DeviceTypes types_named(const std::vector<std::string>& names, const Cluster& cluster) {
  if (names.empty()) return kAnyType;
  DeviceTypes mask = 0;
  bool has_any = false;
  const auto types = cluster.types();
  for (std::uint32_t type = 0; type < types.size(); ++type) {
    const bool is_any = types[type] == kAnyDevice;
    has_any |= is_any;
    if (is_any || std::ranges::find(names, types[type]) != names.end()) {
      mask |= DeviceTypes{1} << type;
    }
  }
  for (const std::string& name : names) {
    if (has_any || is_in_catalogue(name) || std::ranges::find(types, name) != types.end()) continue;
    std::vector<std::string> known(types.begin(), types.end());
    for (const DeviceType& type : device_types()) known.push_back(type.name);
    throw InputError(
        fmt::format("device type '{}' is neither in the cluster nor in the catalogue{}", name,
                    suggestion(name, known)));
  }
  return mask;
}

double devices_accepted(DeviceTypes types, const Cluster& cluster) {
  double devices = 0;
  for (std::uint32_t type = 0; type < cluster.types().size(); ++type) {
    if ((types >> type & 1) != 0) devices += cluster.device_count(DeviceTypeId{type});
  }
  return devices;
}

void build_jobs(ScenarioBuild& build) {
  const Value& jobs = *build.document.root.find("workload")->find("jobs");
  const auto traces =
      std::ranges::count_if(jobs.items, [](const Value& v) { return v.has("trace"); });
  std::vector<Arrival> listed;
  // Neighbouring jobs become one source: the merge then has few streams and the same order.
  const auto flush = [&] {
    if (!listed.empty()) build.sources.list.push_back(listed_jobs(std::move(listed)));
    listed.clear();
  };
  for (std::size_t i = 0; i < jobs.items.size(); ++i) {
    const Value& entry = jobs.items[i];
    if (const Value* job = entry.find("job")) {
      listed.push_back(job_of(*job, build));
      continue;
    }
    flush();
    if (const Value* generate = entry.find("generate")) build_generator(*generate, i, build);
    if (const Value* trace = entry.find("trace")) build_trace(*trace, i, traces == 1, build);
  }
  flush();
  check_clashes(jobs, build);
}

void build_changes(ScenarioBuild& build) {
  const Value* changes = build.document.root.find("workload")->find("changes");
  if (changes == nullptr) return;
  for (const Value& value : changes->items) {
    const Value& job = *value.find("job");
    if (!build.sources.names.contains(job.text)) {
      build.fail(job, fmt::format("unknown job '{}'{}", job.text,
                                  suggestion(job.text, build.sources.names.examples())));
    }
    JobChange change{Time{duration_of(*value.find("at"))}, job.text, std::nullopt};
    if (const Value* priority = value.find("priority")) change.priority = integer_of(*priority);
    const Value* cancel = value.find("cancel");
    if (cancel != nullptr && !bool_of(*cancel)) {
      build.fail(*cancel, "cancel: false changes nothing; leave the entry out");
    }
    build.scenario.changes.push_back(std::move(change));
  }
  std::ranges::stable_sort(build.scenario.changes, {}, &JobChange::at);
}

}  // namespace tandem

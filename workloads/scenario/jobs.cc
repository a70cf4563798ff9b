// The sources of jobs in order, and the changes to come.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "policies/core/nearest.h"
#include "workloads/catalog/catalog.h"
#include "workloads/scenario/build.h"
#include "workloads/scenario/scenario_spec.h"

namespace tandem {
namespace {

/// Reports names that a listed job shares with a generator's.
void check_clashes(const Value& jobs, ScenarioBuild& build) {
  for (const std::string& name : build.sources.names.clashes()) {
    build.fail(jobs, fmt::format("the job name '{}' is also one of a generator's", name));
  }
}

void read_overrun(ScenarioBuild& build) {
  const Value* value = build.document.root.find("workload")->find("overrun");
  if (value == nullptr) return;
  build.overrun = value->text == "kill"  ? Overrun::kKill
                  : value->text == "run" ? Overrun::kRun
                                         : Overrun::kRaise;
}

/// All jobs that are written out, connected.
std::vector<WrittenJob> written_jobs(const Value& entries, ScenarioBuild& build) {
  std::vector<WrittenJob> jobs;
  for (const Value& entry : entries.items) {
    const Value* train = entry.find("train");
    if (train != nullptr) build.trains.emplace(train->find("name")->text, train);
  }
  for (std::size_t i = 0; i < entries.items.size(); ++i) {
    for (const char* key : {"job", "train", "evaluate"}) {
      if (const Value* job = entries.items[i].find(key)) read_job(*job, i, build, jobs);
    }
    if (const Value* line = entries.items[i].find("pipeline")) {
      read_pipeline(*line, i, build, jobs);
    }
  }
  const Overrun overrun = build.overrun.value_or(Overrun::kRaise);
  std::size_t wrong = 0;
  for (WrittenJob& job : jobs) {
    wrong += job.arrival.job.estimate < job.arrival.run_time ? 1 : 0;
    settle_estimate(job.arrival, overrun);
    build.scenario.models.constrain(job.arrival.job);
  }
  if (wrong > 0) build.scenario.warnings.push_back(overrun_warning(wrong, overrun));
  build.sources.dependencies = connect_jobs(jobs, build.problems);
  return jobs;
}

}  // namespace

DeviceTypes types_named(const std::vector<std::string>& names, const ScenarioBuild& build) {
  if (names.empty()) return kAnyType;
  DeviceTypes mask = 0;
  bool has_any = false;
  const auto types = build.scenario.cluster.types();
  for (std::uint32_t type = 0; type < types.size(); ++type) {
    const bool is_any = types[type] == kAnyDevice;
    has_any |= is_any;
    if (is_any || std::ranges::find(names, types[type]) != names.end()) {
      mask |= DeviceTypes{1} << type;
    }
  }
  for (const std::string& name : names) {
    std::vector<std::string> known(types.begin(), types.end());
    for (const DeviceType& type : build.scenario.catalog->devices) known.push_back(type.name);
    if (has_any || std::ranges::find(known, name) != known.end()) continue;
    throw InputError(
        fmt::format("device type '{}' is neither in the cluster nor in the catalogue{}", name,
                    suggestion_of_many(name, known)));
  }
  return mask;
}

double devices_accepted(DeviceTypes types, const ScenarioBuild& build) {
  const Cluster& own = build.scenario.cluster;
  const Cluster& cluster = build.load_cluster != nullptr ? *build.load_cluster : own;
  double devices = 0;
  for (std::uint32_t type = 0; type < own.types().size(); ++type) {
    if ((types >> type & 1) == 0) continue;
    const auto found = std::ranges::find(cluster.types(), own.types()[type]);
    if (found == cluster.types().end()) continue;
    const auto place = static_cast<std::uint32_t>(found - cluster.types().begin());
    devices += cluster.device_count(DeviceTypeId{place});
  }
  return devices;
}

void build_jobs(ScenarioBuild& build) {
  const Value& workload = *build.document.root.find("workload");
  if (!workload.has("jobs")) {
    if (!workload.has("services")) build.fail(workload, "workload: expected 'jobs' or 'services'");
    return;
  }
  const Value& jobs = *workload.find("jobs");
  const auto traces =
      std::ranges::count_if(jobs.items, [](const Value& v) { return v.has("trace"); });
  read_overrun(build);
  std::vector<WrittenJob> written = written_jobs(jobs, build);
  auto next = written.begin();
  std::vector<Arrival> listed;
  // Neighbouring jobs become one source: the merge then has few streams and the same order.
  const auto flush = [&] {
    if (!listed.empty()) build.sources.list.push_back(listed_jobs(std::move(listed)));
    listed.clear();
  };
  for (std::size_t i = 0; i < jobs.items.size(); ++i) {
    const Value& entry = jobs.items[i];
    for (; next != written.end() && !next->is_in_graph && next->entry == i; ++next) {
      listed.push_back(std::move(next->arrival));
    }
    if (entry.has("generate") || entry.has("trace")) flush();
    if (const Value* generate = entry.find("generate")) build_generator(*generate, i, build);
    if (const Value* trace = entry.find("trace")) build_trace(*trace, i, traces == 1, build);
  }
  flush();
  // Jobs that wait for each other keep their order in a source of their own.
  for (; next != written.end(); ++next) listed.push_back(std::move(next->arrival));
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

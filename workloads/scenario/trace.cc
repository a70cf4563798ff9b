// From a `trace` entry to a shared, read-only workload.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "workloads/scenario/build.h"

namespace tandem {
namespace {

/// By how much to stretch the trace so that its jobs ask for `load` of the devices while they come.
std::optional<double> stretch_for(double load, const TraceWorkload& workload,
                                  const ScenarioBuild& build, Overrun overrun) {
  const auto& jobs = workload.trace.jobs;
  double asked = 0;
  DeviceTypes accepted = 0;
  for (const TraceJob& job : jobs) {
    const Duration run_time =
        overrun == Overrun::kKill ? std::min(job.run_time, job.estimate) : job.run_time;
    asked += job.devices * to_seconds(run_time) * job.device_share / kWholeDevice;
    if (job.devices > 0) accepted |= workload.types[job.types];
  }
  const double span = to_seconds(jobs.back().submitted - jobs.front().submitted);
  const double devices = devices_accepted(accepted, build);
  if (span <= 0 || asked <= 0 || devices <= 0) return std::nullopt;
  return asked / (load * devices) / span;
}

void read_jobs(const Value& value, std::size_t index, const std::string& prefix,
               ScenarioBuild& build) {
  const auto file = build.file_named(*value.find("file"));
  if (!file) return;
  const Value* format = value.find("format");
  const Value* estimates = value.find("estimates");
  const bool are_exact = estimates != nullptr && estimates->text == "exact";
  TraceWorkload workload;
  workload.prefix = prefix;
  workload.trace =
      read_trace(*file, format ? trace_format(format->text) : detect_trace_format(*file),
                 are_exact ? Estimates::kExact : Estimates::kUser);
  for (const std::string& warning : workload.trace.warnings) {
    build.scenario.warnings.push_back(fmt::format("{}: {}", file->string(), warning));
  }
  const Overrun overrun = build.overrun.value_or(Overrun::kRaise);
  const auto wrong = std::ranges::count_if(
      workload.trace.jobs, [](const TraceJob& job) { return job.estimate < job.run_time; });
  if (wrong > 0) {
    build.scenario.warnings.push_back(fmt::format(
        "{}: {}", file->string(), overrun_warning(static_cast<std::size_t>(wrong), overrun)));
  }
  for (const TraceJob& job : workload.trace.jobs) {
    if (!build.sources.names.add(prefix + job.name)) {
      return build.fail(value, fmt::format("there are two jobs '{}'", prefix + job.name));
    }
  }
  build.attempt(value, [&] {
    for (const auto& types : workload.trace.type_sets) {
      workload.types.push_back(types_named(types, build));
    }
    const Value* tenant = value.find("tenant");
    std::optional<TenantId> only;
    if (tenant != nullptr) only = build.tenants.resolve_declared(tenant->text);
    for (const std::string& name : workload.trace.tenants) {
      workload.tenants.push_back(
          only ? *only : build.tenants.resolve(name.empty() ? kDefaultTenant : name));
    }
    if (const Value* priority = value.find("priority")) workload.priority = integer_of(*priority);
    if (const Value* load = value.find("load")) {
      const auto stretch = stretch_for(number_of(*load), workload, build, overrun);
      if (!stretch) throw InputError("'load' needs jobs with devices, submitted at several times");
      workload.stretch = *stretch;
    }
    workload.stretch /= build.rate;
    workload.source = index;
    workload.shake = build.shake;
    build.scenario.random |= build.shake > 0;
    build.sources.list.push_back(trace_jobs(std::move(workload)));
  });
}

}  // namespace

void build_trace(const Value& value, std::size_t index, bool is_only_one, ScenarioBuild& build) {
  const Value* name = value.find("name");
  const bool keeps_ids = name == nullptr && is_only_one;
  const std::string base = name != nullptr ? name->text : fmt::format("t{}", index);
  if (!keeps_ids && !build.sources.prefixes.insert(base).second) {
    return build.fail(name != nullptr ? *name : value,
                      fmt::format("there are two sources of jobs named '{}'", base));
  }
  build.attempt([&] { read_jobs(value, index, keeps_ids ? "" : base + "-", build); });
}

}  // namespace tandem

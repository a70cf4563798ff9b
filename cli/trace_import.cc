// tandem trace import: any trace as our own.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cli/commands.h"
#include "cli/notes.h"
#include "cli/terminal.h"
#include "cli/trace_output.h"
#include "policies/core/error.h"
#include "reports/human.h"
#include "reports/statistics.h"
#include "workloads/trace_kind.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

/// What was read, for people and for programs.
struct Imported {
  std::string noun;  ///< "job" or "request".
  std::uint64_t count = 0;
  Duration span{};
  std::vector<std::vector<std::string>> rows;
  nlohmann::ordered_json figures;
  std::vector<std::string> notes;

  void add(const char* label, const char* key, std::vector<double> values, Unit unit) {
    const auto whole = percentiles_of(std::move(values));
    rows.push_back({label, fmt::format("mean {}, median {}, p99 {}, most {}",
                                       human(whole->mean, unit), human(whole->p50, unit),
                                       human(whole->p99, unit), human(whole->max, unit))});
    figures[key] = {
        {"mean", whole->mean}, {"p50", whole->p50}, {"p99", whole->p99}, {"max", whole->max}};
  }
  void add_count(const char* label, const char* key, std::size_t number) {
    rows.push_back({label, fmt::format("{}", number)});
    figures[key] = number;
  }
};

Imported import_jobs(const Arguments& arguments, TraceFormat format) {
  Trace trace = read_trace(arguments.file, format);
  JobTraceFile file(arguments.output, {trace.tenants, trace.type_sets},
                    std::ranges::any_of(trace.jobs, needs_resource_columns));
  Imported imported{
      "job", trace.jobs.size(),        trace.jobs.back().submitted.time_since_epoch(), {},
      {},    std::move(trace.warnings)};
  std::vector<double> devices;
  std::vector<double> run_times;
  for (const TraceJob& job : trace.jobs) {
    file.add(job);
    devices.push_back(job.devices * (job.device_share / double{kWholeDevice}));
    run_times.push_back(to_seconds(job.run_time));
  }
  double device_hours = 0;
  for (std::size_t i = 0; i < devices.size(); ++i) device_hours += devices[i] * run_times[i] / 3600;
  file.commit();
  imported.add_count("tenants", "tenants", trace.tenants.size());
  imported.add("devices", "devices", std::move(devices), Unit::kPlain);
  imported.add("run time", "run_time_s", std::move(run_times), Unit::kSeconds);
  imported.rows.push_back({"device-hours", human(device_hours, Unit::kDeviceHours)});
  imported.figures["device_hours"] = device_hours;
  imported.add_count("with estimate", "with_estimate", trace.jobs.size() - trace.without_estimate);
  return imported;
}

Imported import_requests(const Arguments& arguments, RequestFormat format) {
  RequestTrace trace = read_request_trace(arguments.file, format);
  RequestTraceFile file(arguments.output);
  Imported imported{
      "request", trace.requests.size(),    trace.requests.back().arrival.time_since_epoch(), {},
      {},        std::move(trace.warnings)};
  std::vector<double> prompts;
  std::vector<double> outputs;
  for (std::size_t i = 0; i < trace.requests.size(); ++i) {
    file.add(written(trace, i));
    prompts.push_back(trace.requests[i].prompt_tokens);
    outputs.push_back(trace.requests[i].output_tokens);
  }
  file.commit();
  imported.add("prompt tokens", "prompt_tokens", std::move(prompts), Unit::kPlain);
  imported.add("output tokens", "output_tokens", std::move(outputs), Unit::kPlain);
  imported.add_count("tenants", "tenants", trace.tenants.size());
  if (const std::string note = prefix_note(file.without_prefix()); !note.empty()) {
    imported.notes.push_back(note);
  }
  return imported;
}

void print(const Arguments& arguments, const std::string& format, const Imported& imported) {
  if (arguments.json) {
    nlohmann::ordered_json json = {{"schema", "tandem.import/1"},
                                   {"file", arguments.file},
                                   {"format", format},
                                   {"output", arguments.output},
                                   {"kind", imported.noun + "s"},
                                   {"count", imported.count},
                                   {"span_s", to_seconds(imported.span)}};
    json.update(imported.figures);
    json["notes"] = imported.notes;
    return print_json(json);
  }
  print_output(fmt::format("Imported {} ({}) of {} into {}.\n",
                           counted(imported.count, imported.noun), format,
                           human(to_seconds(imported.span), Unit::kSeconds), arguments.output));
  print_output("\n" + aligned(imported.rows));
  for (const std::string& note : imported.notes) {
    print_output(wrapped("note: " + note, terminal_width(), 2) + "\n");
  }
}

}  // namespace

int run_trace_import(const Arguments& arguments) {
  const TraceKind kind = trace_kind(arguments.file, arguments.traces.format);
  const auto* jobs = std::get_if<TraceFormat>(&kind);
  const Imported imported = jobs != nullptr
                                ? import_jobs(arguments, *jobs)
                                : import_requests(arguments, std::get<RequestFormat>(kind));
  print(arguments, name_of(kind), imported);
  return 0;
}

}  // namespace tandem

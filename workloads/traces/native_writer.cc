#include "workloads/traces/native_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <iterator>

#include "policies/core/csv_text.h"
#include "policies/core/job.h"

namespace tandem {
namespace {

constexpr std::string_view kDefaultUser = "default";

/// Thousandths as a decimal.
void append_thousandths(std::string& out, std::int64_t count) {
  fmt::format_to(std::back_inserter(out), "{}.{:03}", count / 1000, count % 1000);
}

}  // namespace

bool needs_resource_columns(const TraceJob& job) {
  return job.devices == 0 || job.device_share < kWholeDevice || job.one_node ||
         job.cpus.count > 0 || job.memory.count > 0 || job.types > 0;
}

std::string NativeWriter::header() const {
  std::string header = "job_id,submit_time,num_gpu,duration,walltime,user,priority";
  if (has_resources_) header += ",share,one_node,cpus,memory,types";
  return header + "\n";
}

void NativeWriter::append(const TraceJob& job, std::string& out) const {
  append_field(out, job.name);
  out += ',';
  append_seconds(out, job.submitted.time_since_epoch());
  fmt::format_to(std::back_inserter(out), FMT_STRING(",{},"), job.devices);
  append_seconds(out, job.run_time);
  out += ',';
  if (job.estimate != job.run_time) append_seconds(out, job.estimate);
  out += ',';
  const std::string& tenant = names_.tenants[job.tenant];
  if (tenant != kDefaultUser) append_field(out, tenant);
  out += ',';
  if (job.priority != 0) fmt::format_to(std::back_inserter(out), FMT_STRING("{}"), job.priority);
  if (has_resources_) append_resources(job, out);
  out += '\n';
}

void NativeWriter::append_resources(const TraceJob& job, std::string& out) const {
  out += ',';
  if (job.device_share < kWholeDevice) append_thousandths(out, job.device_share);
  out += job.one_node ? ",true," : ",,";
  if (job.cpus.count > 0) append_thousandths(out, job.cpus.count);
  out += ',';
  if (job.memory.count > 0) fmt::format_to(std::back_inserter(out), "{}", job.memory.count);
  out += ',';
  append_field(out, fmt::format("{}", fmt::join(names_.type_sets[job.types], "|")));
}

}  // namespace tandem

// The Philly jobs: when each was submitted by the wall clock, how long it ran, on how many GPUs, in
// which virtual cluster, which we take as the tenant. Jobs have no ids and no estimates.

#include "workloads/traces/csv.h"
#include "workloads/traces/formats.h"
#include "workloads/traces/time_text.h"

namespace tandem {
namespace {

Time wall_clock(const Field& field) {
  const auto since_1970 = parse_wall_clock(field.text);
  if (!since_1970) fail(field, "a time such as 2017-10-09 07:01:55, in 1970 to 2261");
  return Time{*since_1970};
}

}  // namespace

void read_philly(std::string_view text, TraceDraft& draft) {
  CsvReader csv(text, draft.file());
  const std::size_t timestamp = csv.column("timestamp");
  const std::size_t duration = csv.column("duration");
  const std::size_t num_gpus = csv.column("num_gpus");
  const std::size_t cluster = csv.column("cluster");

  while (csv.next()) {
    const Field submitted = csv.field(timestamp);
    TraceJob job;
    job.submitted = wall_clock(submitted);
    job.run_time = seconds(csv.field(duration));
    job.devices = device_count(csv.field(num_gpus), 1);
    job.tenant = draft.tenant(csv.field(cluster));
    draft.add_numbered(std::move(job), std::nullopt, submitted);
  }
}

}  // namespace tandem

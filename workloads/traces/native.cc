// Our own job table: job_id, submit_time, num_gpu, duration, and if there are any walltime (the
// user's estimate), user and priority. Times in seconds.

#include <limits>

#include "workloads/traces/csv.h"
#include "workloads/traces/formats.h"

namespace tandem {
namespace {

std::int64_t priority(const Field& field) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  return whole_number(field, -kMost, kMost, "a whole number within 31 bits");
}

}  // namespace

void read_native(std::string_view text, TraceDraft& draft) {
  CsvReader csv(text, draft.file());
  const std::size_t job_id = csv.column("job_id");
  const std::size_t submit_time = csv.column("submit_time");
  const std::size_t num_gpu = csv.column("num_gpu");
  const std::size_t duration = csv.column("duration");
  const auto walltime = csv.find("walltime");
  const auto user = csv.find("user");
  const auto priority_column = csv.find("priority");

  while (csv.next()) {
    TraceJob job;
    job.submitted = Time{seconds(csv.field(submit_time))};
    job.devices = device_count(csv.field(num_gpu), 1);
    job.run_time = seconds(csv.field(duration));
    std::optional<Duration> estimate;
    if (const auto field = csv.given(walltime)) estimate = seconds(*field);
    const auto tenant = csv.given(user);
    job.tenant = tenant ? draft.tenant(*tenant) : draft.tenant("default");
    if (const auto field = csv.given(priority_column)) job.priority = priority(*field);
    draft.add_named(std::move(job), estimate, csv.field(job_id));
  }
}

}  // namespace tandem

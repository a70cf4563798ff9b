// Our own job table: job_id, submit_time, num_gpu, duration, and if there are any walltime (the
// user's estimate), user and priority; share (of its only device, to the thousandth), one_node
// (true or false), cpus (cores, to the thousandth) and memory (bytes), both of the whole job, and
// types (of devices that it accepts, with '|' between them). Times in seconds.

#include <algorithm>
#include <limits>

#include "workloads/traces/csv.h"
#include "workloads/traces/formats.h"
#include "workloads/traces/names.h"
#include "workloads/traces/time_text.h"

namespace tandem {
namespace {

std::int64_t priority(const Field& field) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  return whole_number(field, -kMost, kMost, "a whole number within 31 bits");
}

/// A decimal number from `least` to `most` with three digits behind the point, times 1000.
std::int64_t thousandths(const Field& field, std::int64_t least, std::int64_t most,
                         std::string_view expected) {
  // Seconds are read exactly, to the nanosecond.
  constexpr std::int64_t kThousandth = 1'000'000;
  const auto number = parse_seconds(field.text);
  if (!number || number->count() % kThousandth != 0) fail(field, expected);
  const std::int64_t count = number->count() / kThousandth;
  if (count < least || count > most) fail(field, expected);
  return count;
}

bool yes_or_no(const Field& field) {
  if (field.text != "true" && field.text != "false") fail(field, "true or false");
  return field.text == "true";
}

std::vector<std::string> type_names(const Field& field) {
  std::vector<std::string> names;
  std::string_view rest = field.text;
  while (true) {
    const std::size_t end = std::min(rest.find('|'), rest.size());
    if (!is_name(rest.substr(0, end))) fail(field, "names of device types with '|' between them");
    names.emplace_back(rest.substr(0, end));
    if (end == rest.size()) return names;
    rest.remove_prefix(end + 1);
  }
}

/// What a job needs beside its devices' number.
class Resources {
 public:
  explicit Resources(const CsvReader& csv)
      : share_(csv.find("share")),
        one_node_(csv.find("one_node")),
        cpus_(csv.find("cpus")),
        memory_(csv.find("memory")),
        types_(csv.find("types")) {}

  void read(const CsvReader& csv, TraceDraft& draft, TraceJob& job) const {
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (const auto field = csv.given(share_)) {
      job.device_share = static_cast<std::uint32_t>(
          thousandths(*field, 1, 1000, "the part of a device, 0.001 to 1, to the thousandth"));
      if (job.device_share < 1000 && job.devices != 1) fail(*field, "1 unless num_gpu is 1");
    }
    if (const auto field = csv.given(one_node_)) job.one_node = yes_or_no(*field);
    if (const auto field = csv.given(cpus_)) {
      job.cpus = {thousandths(*field, 0, kMost, "cores, 0 or more, to the thousandth")};
    }
    if (const auto field = csv.given(memory_)) {
      job.memory = {whole_number(*field, 0, kMost, "whole bytes, 0 or more")};
    }
    if (const auto field = csv.given(types_)) job.types = draft.types(type_names(*field));
  }

 private:
  std::optional<std::size_t> share_;
  std::optional<std::size_t> one_node_;
  std::optional<std::size_t> cpus_;
  std::optional<std::size_t> memory_;
  std::optional<std::size_t> types_;
};

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
  const Resources resources(csv);
  // Who counts processors may have jobs that need nothing else.
  const std::uint32_t fewest = csv.find("cpus") ? 0 : 1;

  while (csv.next()) {
    TraceJob job;
    job.submitted = Time{seconds(csv.field(submit_time))};
    job.devices = device_count(csv.field(num_gpu), fewest);
    job.run_time = seconds(csv.field(duration));
    std::optional<Duration> estimate;
    if (const auto field = csv.given(walltime)) estimate = seconds(*field);
    const auto tenant = csv.given(user);
    job.tenant = tenant ? draft.tenant(*tenant) : draft.tenant("default");
    if (const auto field = csv.given(priority_column)) job.priority = priority(*field);
    resources.read(csv, draft, job);
    draft.add_named(std::move(job), estimate, csv.field(job_id));
  }
}

}  // namespace tandem

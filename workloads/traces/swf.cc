// The Standard Workload Format 2.2: comments with facts about the machine, then eighteen numbers a
// job, where -1 means unknown. Memory, fields 7 and 10, is not counted: the logs do not say how
// much memory the machine's nodes had, so a demand for it could not be weighed against anything.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <system_error>

#include "workloads/traces/formats.h"
#include "workloads/traces/line_reader.h"
#include "workloads/traces/names.h"
#include "workloads/traces/time_text.h"

namespace tandem {
namespace {

constexpr std::array<std::string_view, 18> kNames = {
    "job number",     "submit time",      "wait time", "run time",
    "processors",     "CPU time",         "memory",    "requested processors",
    "requested time", "requested memory", "status",    "user",
    "group",          "executable",       "queue",     "partition",
    "preceding job",  "think time"};

enum Place : std::size_t {
  kJobNumber = 0,
  kSubmitTime = 1,
  kRunTime = 3,
  kProcessors = 4,
  kRequestedProcessors = 7,
  kRequestedTime = 8,
  kStatus = 10,
  kUser = 11,
};

using Row = std::array<Field, kNames.size()>;

constexpr std::string_view kBlanks = " \t";

/// Cuts the current line into its fields.
Row split(const LineReader& lines) {
  const std::string_view line = lines.line();
  Row row;
  std::size_t count = 0;
  std::size_t start = line.find_first_not_of(kBlanks);
  while (start != std::string_view::npos) {
    const std::size_t end = std::min(line.find_first_of(kBlanks, start), line.size());
    if (count == row.size()) {
      throw InputError({lines.file(), lines.number(), start + 1},
                       fmt::format("the row goes on with {}: expected 18 fields",
                                   shown(line.substr(start, end - start))));
    }
    row[count] = {line.substr(start, end - start), kNames[count], &lines.file(), lines.number(),
                  start + 1};
    ++count;
    start = line.find_first_not_of(kBlanks, end);
  }
  if (count < row.size()) {
    throw InputError({lines.file(), lines.number(), line.size() + 1},
                     fmt::format("the row ends after {} fields: expected 18, next the {}", count,
                                 kNames[count]));
  }
  return row;
}

std::optional<Duration> known_seconds(const Field& field) {
  const auto duration = parse_seconds(field.text);
  if (duration == -std::chrono::seconds{1}) return std::nullopt;
  if (!duration || *duration < Duration::zero()) {
    fail(field, "seconds, 0 or more, less than 292 years, or -1");
  }
  return duration;
}

std::int64_t number(const Field& field, std::int64_t most) {
  return whole_number(field, -1, most, "a whole number, 0 or more, or -1");
}

/// 0 if the trace does not say.
std::uint32_t processors(const Field& field) {
  const std::int64_t count = number(field, std::numeric_limits<std::uint32_t>::max());
  return static_cast<std::uint32_t>(std::max<std::int64_t>(count, 0));
}

/// A long job that was checkpointed has a row for all of it and, with a status of 2 to 4, one for
/// each part.
bool is_part(const Field& status) {
  const std::int64_t code = number(status, std::numeric_limits<std::int64_t>::max());
  return code >= 2 && code <= 4;
}

/// Facts from the comments at the top.
class Machine {
 public:
  void read(std::string_view comment) {
    read("MaxProcs:", comment, processors_);
    read("MaxNodes:", comment, nodes_);
  }
  std::uint32_t devices() const { return processors_ > 0 ? processors_ : nodes_; }

 private:
  /// "; MaxProcs: 100". A machine that grew is stated several times: the most counts.
  static void read(std::string_view key, std::string_view comment, std::uint32_t& most) {
    comment.remove_prefix(std::min(comment.find_first_not_of("; \t"), comment.size()));
    if (!comment.starts_with(key)) return;
    comment.remove_prefix(key.size());
    comment.remove_prefix(std::min(comment.find_first_not_of(kBlanks), comment.size()));
    std::uint32_t stated = 0;
    std::from_chars(comment.data(), comment.data() + comment.size(), stated);
    most = std::max(most, stated);
  }

  std::uint32_t processors_ = 0;
  std::uint32_t nodes_ = 0;
};

/// Adds the jobs of a trace and counts the rows that are none.
class Jobs {
 public:
  explicit Jobs(TraceDraft& draft) : draft_(draft) {}

  void add(const Row& row) {
    const auto submitted = known_seconds(row[kSubmitTime]);
    const auto run_time = known_seconds(row[kRunTime]);
    const std::uint32_t allocated = processors(row[kProcessors]);
    const std::uint32_t requested = processors(row[kRequestedProcessors]);
    const auto estimate = known_seconds(row[kRequestedTime]);
    const bool user_known = number(row[kUser], std::numeric_limits<std::int64_t>::max()) >= 0;
    const bool part = is_part(row[kStatus]);

    TraceJob job;
    job.devices = allocated > 0 ? allocated : requested;
    if (part || !submitted || !run_time || job.devices == 0) {
      ++(part         ? parts_
         : !submitted ? without_submission_
         : !run_time  ? without_run_time_
                      : without_processors_);
      return;
    }
    job.submitted = Time{*submitted};
    job.run_time = *run_time;
    job.tenant = draft_.tenant(user_known ? row[kUser].text : "unknown");
    draft_.add_named(std::move(job), estimate, row[kJobNumber]);
  }

  void warn_of_others() {
    draft_.warn(without_submission_, "left out {} without a submit time", "row");
    draft_.warn(without_run_time_, "left out {} without a run time", "row");
    draft_.warn(without_processors_, "left out {} without processors", "row");
    draft_.warn(parts_, "left out {} that tell only a part of a job", "row");
  }

 private:
  TraceDraft& draft_;
  std::size_t without_submission_ = 0;
  std::size_t without_run_time_ = 0;
  std::size_t without_processors_ = 0;
  std::size_t parts_ = 0;
};

}  // namespace

void read_swf(std::string_view text, TraceDraft& draft) {
  LineReader lines(text, draft.file());
  Machine machine;
  Jobs jobs(draft);
  while (lines.next_filled()) {
    const std::string_view line = lines.line();
    if (line[line.find_first_not_of(kBlanks)] == ';') {
      machine.read(line);
    } else {
      jobs.add(split(lines));
    }
  }
  jobs.warn_of_others();
  if (machine.devices() > 0) draft.state_machine_devices(machine.devices());
}

}  // namespace tandem

#include "workloads/traces/draft.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "workloads/traces/line_reader.h"
#include "workloads/traces/names.h"
#include "workloads/traces/twins.h"

namespace tandem {
TraceDraft::TraceDraft(std::string file, std::string_view text, Estimates estimates)
    : file_(std::move(file)), estimates_(estimates) {
  const std::size_t rows = likely_lines(text);
  trace_.jobs.reserve(rows);
  places_.reserve(rows);
}

std::uint32_t TraceDraft::types(std::vector<std::string> names) {
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  auto& sets = trace_.type_sets;
  const auto known = std::find(sets.begin(), sets.end(), names);
  const auto index = static_cast<std::uint32_t>(known - sets.begin());
  if (known == sets.end()) sets.push_back(std::move(names));
  return index;
}

void TraceDraft::add_named(TraceJob job, std::optional<Duration> estimate, const Field& id) {
  job.name = name_text(id);
  if (id_column_.empty()) id_column_ = id.name;
  add(std::move(job), estimate, id);
}

void TraceDraft::add_numbered(TraceJob job, std::optional<Duration> estimate, const Field& start) {
  job.name = std::to_string(trace_.jobs.size() + 1);
  add(std::move(job), estimate, start);
}

void TraceDraft::add(TraceJob job, std::optional<Duration> estimate, const Field& id) {
  job.estimate = job.run_time;
  if (estimates_ == Estimates::kUser) {
    trace_.without_estimate += estimate ? 0 : 1;
    job.estimate = estimate.value_or(job.run_time);
  }
  first_ = std::min(first_, job.submitted);
  trace_.jobs.push_back(std::move(job));
  places_.push_back({id.line, id.column});
}

void TraceDraft::warn(std::size_t count, std::string_view sentence, std::string_view noun) {
  if (count == 0) return;
  trace_.warnings.push_back(fmt::format(fmt::runtime(sentence), counted(count, noun)));
}

Trace TraceDraft::finish() && {
  if (trace_.jobs.empty()) throw InputError(Position{file_}, "there is no job in the trace");
  if (!id_column_.empty()) check_ids();
  warn(trace_.without_estimate, "took the run time as the estimate of {} without one");
  trace_.tenants = tenants_.take_names();
  start_at_zero();
  order_by_submission();
  return std::move(trace_);
}

void TraceDraft::check_ids() const {
  const auto& jobs = trace_.jobs;
  const auto twins = find_twins(
      jobs.size(), [&jobs](std::size_t place) -> std::string_view { return jobs[place].name; });
  if (!twins) return;
  const Place& again = places_[twins->second];
  throw InputError({file_, again.line, again.column},
                   fmt::format("{} {} comes twice, first in line {}", id_column_,
                               shown(jobs[twins->second].name), places_[twins->first].line));
}

void TraceDraft::start_at_zero() {
  for (std::size_t i = 0; i < trace_.jobs.size(); ++i) {
    TraceJob& job = trace_.jobs[i];
    job.submitted = kStartOfTime + (job.submitted - first_);
    if (std::max(job.run_time, job.estimate) > kForever - job.submitted) {
      throw InputError({file_, places_[i].line, places_[i].column},
                       "the job would end later than 292 years after the first submission");
    }
  }
}

void TraceDraft::order_by_submission() {
  std::vector<TraceJob>& jobs = trace_.jobs;
  std::size_t late = 0;
  for (std::size_t i = 1; i < jobs.size(); ++i) {
    late += jobs[i].submitted < jobs[i - 1].submitted ? 1 : 0;
  }
  if (late == 0) return;
  warn(late, "sorted the trace by submission: {} came right behind a later one");

  // Sorts small keys, not jobs; the place in the file makes them unequal.
  std::vector<std::pair<Time, std::size_t>> order;
  order.reserve(jobs.size());
  for (std::size_t i = 0; i < jobs.size(); ++i) order.emplace_back(jobs[i].submitted, i);
  std::sort(order.begin(), order.end());
  std::vector<TraceJob> ordered;
  ordered.reserve(jobs.size());
  for (const auto& [submitted, place] : order) ordered.push_back(std::move(jobs[place]));
  jobs = std::move(ordered);
}

}  // namespace tandem

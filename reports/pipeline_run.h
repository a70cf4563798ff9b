// One run of a pipeline, job by job: when each was ready, started and ended, and which of them the
// others could not have been faster than.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "policies/core/job_counts.h"
#include "policies/core/pipeline.h"

namespace tandem {

/// Which of the counts a job, or a run, is counted in.
using CountedAs = std::uint64_t JobCounts::*;
/// "completed", "queued" and so on.
std::string_view name_of(CountedAs state);

struct PipelineJob {
  PipelinePart part;
  Time ready;                 ///< What it depends on was completed; submitted, at least.
  std::size_t awaited = 0;    ///< Jobs it depends on that are not done: it is not ready.
  std::optional<Time> start;  ///< The first one, when it got its devices.
  std::optional<Time> end;    ///< Whatever became of it.
  CountedAs state = &JobCounts::queued;
  Duration run{};                     ///< Executed less lost work, once it has ended.
  double device_seconds = 0;          ///< Of `run`.
  Duration path{};                    ///< Longest chain of runs that ends with it, it included.
  std::optional<std::size_t> before;  ///< The place in the run of the job before it on that chain.
};

struct PipelineRun {
  PipelineId pipeline;
  std::uint32_t number = 0;
  Time submitted;                       ///< Its first job.
  Time last_end;                        ///< Of the jobs that have ended.
  std::vector<PipelineJob> jobs;        ///< As they were submitted.
  std::optional<std::size_t> path_end;  ///< The place of the last job on the critical path.
  std::uint64_t ended = 0;
  /// Of the first job that was not completed; else running or queued, or completed with the last.
  CountedAs state = &JobCounts::queued;

  Duration makespan() const { return last_end - submitted; }
  Duration critical_path() const { return path_end ? jobs[*path_end].path : Duration::zero(); }
  /// The places of its jobs on the critical path, first to last.
  std::vector<std::size_t> path() const;
};

}  // namespace tandem

// What the runs of a pipeline came to, as a value. Definitions stand at PipelineFigures.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/job_counts.h"
#include "reports/statistics.h"

namespace tandem {

/// Sums and means over the jobs of completed runs.
struct StageResult {
  std::string name;
  std::uint32_t slices = 0;  ///< 0: it is one job, uncut.
  std::uint64_t jobs = 0;
  double run_s = 0;
  double device_s = 0;
  double overhead_s = 0;  ///< The part of run_s, and of device_s, that is a fixed cost of slices.
  double overhead_device_s = 0;
  std::optional<double> overhead_share;  ///< overhead_s / run_s.
  std::optional<double> wait_s_mean;     ///< Of a job.
  std::optional<double> wait_s_max;
  std::optional<double> span_s_mean;  ///< Of a run.
  friend bool operator==(const StageResult&, const StageResult&) = default;
};

struct PipelineResult {
  std::string name;
  JobCounts runs;
  std::optional<Percentiles> makespan_s;
  std::optional<Percentiles> critical_path_s;
  std::optional<Percentiles> stretch;  ///< Runs whose critical path takes no time have none.
  std::vector<StageResult> stages;
  friend bool operator==(const PipelineResult&, const PipelineResult&) = default;
};

}  // namespace tandem

// What one run came to: the figures of `simulate --json` (docs: schema tandem.result/1), as a
// value.
//
// A figure that does not exist (a mean over no jobs, a cost without prices) is nothing, never zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policies/core/job_counts.h"
#include "reports/finding.h"
#include "reports/finish_time.h"
#include "reports/pipeline_result.h"
#include "reports/service_result.h"
#include "reports/statistics.h"

namespace tandem {

/// A tenant that submitted jobs. Means are over its completed jobs.
struct TenantResult {
  std::string name;
  JobCounts jobs;
  std::optional<double> wait_s_mean;
  std::optional<double> wait_s_p95;
  std::optional<double> jct_s_mean;
  std::optional<double> slowdown_mean;
  double device_hours = 0;          ///< Held, lost work included.
  double share = 0;                 ///< Of the cluster, by the tenant tree.
  std::optional<double> cost = {};  ///< Of the devices it held.
  std::optional<double> energy_kwh = {};
  std::optional<double> carbon_kg = {};
  friend bool operator==(const TenantResult&, const TenantResult&) = default;
};

/// Whether some waited far longer than others: completed jobs, and those that never started, whose
/// wait lasts until the end of the run.
struct Starvation {
  double longest_wait_s = 0;
  double median_wait_s = 0;
  /// Jobs that waited more than ten times the median; nothing if the median is zero.
  std::optional<std::uint64_t> over_ten_medians;
  friend bool operator==(const Starvation&, const Starvation&) = default;
};

/// Jobs that wait, stopped ones too, as they stand between steps.
struct QueueLength {
  double mean = 0;  ///< Over the window.
  std::uint64_t max = 0;
  friend bool operator==(const QueueLength&, const QueueLength&) = default;
};

/// What the run cost the machine that computed it. Differs between equal runs.
struct EngineFigures {
  std::uint64_t events = 0;
  std::uint64_t steps = 0;
  double cpu_s = 0;
  double wall_s = 0;
  std::uint64_t peak_rss_bytes = 0;
  friend bool operator==(const EngineFigures&, const EngineFigures&) = default;
};

/// Definitions stand at RunMetrics. The window is the time from the first submission to the last
/// end, or to the last step if jobs were still active then.
struct RunResult {
  std::string policy;
  std::uint64_t seed = 0;
  std::vector<Finding> findings;  ///< Worst first; see Findings, who fills them in.
  JobCounts jobs;
  std::optional<Percentiles> wait_s;
  std::optional<Percentiles> jct_s;
  std::optional<Percentiles> slowdown;
  std::uint64_t slowdown_undefined = 0;  ///< Completed jobs that computed for no time at all.
  std::optional<Percentiles> bounded_slowdown;
  std::optional<double> pending_s_mean;
  std::optional<double> makespan_s;
  std::optional<double> utilization;
  double device_hours = 0;
  double goodput_device_hours = 0;
  std::optional<double> cost;
  std::optional<double> energy_kwh;
  std::optional<double> carbon_kg;  ///< CO2 equivalents.
  std::optional<double> jain;
  std::optional<FinishTimeFairness> finish_time_fairness;
  std::optional<Starvation> starvation;
  QueueLength queue;
  std::vector<TenantResult> tenants;
  std::vector<PipelineResult> pipelines;  ///< As the scenario lists them.
  std::vector<ServiceResult> services;    ///< As the scenario lists them.
  std::vector<std::string> warnings;
  EngineFigures engine;
  friend bool operator==(const RunResult&, const RunResult&) = default;
};

}  // namespace tandem

// Results with made-up figures, for tests of what is shown and written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/run_result.h"

namespace tandem {

/// A run of 100 completed jobs in which everything has a figure, all scaled by the mean wait.
inline RunResult sample_run(const std::string& policy, std::uint64_t seed, double wait) {
  RunResult run;
  run.policy = policy;
  run.seed = seed;
  run.findings = {{"infeasible",
                   Severity::kWarning,
                   "1 of 100 jobs can never run here and were rejected",
                   1,
                   {"huge"}}};
  run.jobs = {100, 97, 1, 1, 1, 0, 0};
  run.wait_s = Percentiles{wait, wait / 2, 2 * wait, 3 * wait, 4 * wait, 5 * wait};
  run.jct_s = Percentiles{wait + 3600, wait + 1800, 9000, 9900, 10800, 12000.5};
  run.slowdown = Percentiles{1 + wait / 3600, 1, 2, 3, 4, 5};
  run.slowdown_undefined = 2;
  run.bounded_slowdown = run.slowdown;
  run.pending_s_mean = wait + 0.1;
  run.makespan_s = 864000;
  run.utilization = 0.93;
  run.device_hours = 1234.5;
  run.goodput_device_hours = 1200.25;
  run.cost = 3086.25;
  run.energy_kwh = 1111.1;
  run.jain = 0.875;
  run.finish_time_fairness = {{0.9, 0.8, 1.2, 1.3, 1.9, 2.5}, 0.25, {{1, 0.75}, {5, 1}}};
  run.starvation = Starvation{5 * wait, wait / 2, 3};
  run.queue = {4.5, 17};
  run.tenants = {
      {"research/ann", {60, 60, 0, 0, 0, 0, 0}, wait, 3 * wait, wait + 3600, 1.5, 700, 0.5},
      {"bob", {40, 37, 1, 1, 1, 0, 0}, {}, {}, {}, {}, 534.5, 0.5}};
  run.warnings = {"2 of 16 nodes have no price"};
  run.engine = {1000, 500, 0.25, 0.5, 1 << 20};
  return run;
}

/// A pipeline that was completed three times and rejected once, and one that never was completed.
inline std::vector<PipelineResult> sample_pipelines(double makespan) {
  PipelineResult nightly;
  nightly.name = "nightly";
  nightly.runs = {4, 3, 0, 0, 1, 0, 0};
  nightly.makespan_s = Percentiles{makespan, makespan, makespan, makespan, makespan, 2 * makespan};
  nightly.critical_path_s = Percentiles{3600, 3600, 3600, 3600, 3600, 3600};
  nightly.stretch = Percentiles{makespan / 3600, 1, 1, 1, 1, 2};
  nightly.stages = {{"prep", 0, 3, 3000, 0, 0, 0, 0.0, 0.0, 0.0, 1000.0},
                    {"eval", 8, 24, 2400, 4800, 600, 1200, 0.25, 90.0, 600.0, 1800.0}};
  PipelineResult never;
  never.name = "never";
  never.runs = {1, 0, 1, 0, 0, 0, 0};
  never.stages = {{"only", 0, 0, 0, 0, 0, 0, {}, {}, {}, {}}};
  return {nightly, never};
}

}  // namespace tandem

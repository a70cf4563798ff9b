// Pipelines measured while they run: how long the whole took, how much of that was waiting, and
// what its stages paid for being cut into slices.
//
// A run of a pipeline is kept job by job until its last job has ended; then a few numbers stay.
// A workload without pipelines costs nothing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "policies/core/paged_map.h"
#include "policies/core/step.h"
#include "reports/pipeline_result.h"
#include "reports/pipeline_run.h"

namespace tandem {

/// Over runs of which every job was completed:
/// - makespan: from the submission of the first of its jobs to the last end.
/// - critical path: the longest chain of its jobs of which each waits for the one before, with the
///   time that each was executed less lost work. With everything free at once, and nothing to read,
///   the makespan would be this. stretch: makespan / critical path, never below 1.
/// - ready: when the last job it depends on, of the pipeline or not, was completed; its submission
///   if that is later. wait: from ready to the first Start. Limits make jobs wait, too.
/// - run_s: executed less lost work, summed over jobs; device_s: the same for each device.
/// - overhead: the share of a job's run time that its stage states as a fixed cost of each slice,
///   of what was executed. On a slower device it grows with the rest.
/// - span of a stage: from the first of its jobs that is ready to the last end.
/// Other runs are counted by what became of the first job that was not completed, or as running or
/// queued if some jobs have not ended.
class PipelineFigures {
 public:
  using RunListener = std::function<void(const PipelineRun&)>;

  void set_pipelines(const std::vector<Pipeline>& pipelines);
  /// `listener` is told each run when its last job has ended.
  void set_listener(RunListener listener) { listener_ = std::move(listener); }
  void advance(Time now) { now_ = now; }

  void submit(const Submitted& event);
  /// It got devices, for the first time or again.
  void start(JobId job);
  void end(JobId job, CountedAs state, Duration run, double device_seconds);

  std::vector<PipelineResult> results() const;

 private:
  using RunKey = std::pair<PipelineId, std::uint32_t>;
  /// A job that has not ended, of a pipeline or not.
  struct Active {
    std::optional<RunKey> run;
    std::size_t place = 0;          ///< In the run.
    std::vector<JobId> dependents;  ///< Jobs of pipelines only.
  };
  struct StageSums {
    double wait_s = 0;
    double longest_wait_s = 0;
    double span_s = 0;
    double run_s = 0;
    double device_s = 0;
    double overhead_s = 0;
    double overhead_device_s = 0;
  };
  struct Sums {
    JobCounts runs;
    std::deque<double> makespans;
    std::deque<double> critical_paths;
    std::vector<StageSums> stages;
  };

  PipelineJob* job_of(const Active& active);
  void release(const Active& ended, CountedAs state);
  void end_job(const Active& active, CountedAs state, Duration run, double device_seconds);
  void close(PipelineRun& run);
  void add_stages(const PipelineRun& run, std::vector<StageSums>& sums) const;
  StageResult stage_result(const PipelineStage& stage, const StageSums& sums,
                           std::uint64_t runs) const;

  std::vector<Pipeline> pipelines_;
  RunListener listener_;
  Time now_;
  PagedMap<JobId, Active> active_;
  std::map<RunKey, PipelineRun> runs_;
  std::vector<Sums> sums_;  // By PipelineId.
};

}  // namespace tandem

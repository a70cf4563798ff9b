// Pipelines, worked out by hand.
#include "reports/pipeline_figures.h"

#include <gtest/gtest.h>

#include "reports/run_metrics.h"
#include "tests/unit/reports/pipeline_example.h"
#include "tests/unit/reports/told_run.h"

namespace tandem {
namespace {

TEST(PipelineFigures, ThreeStagesOnTwoDevicesWorkedByHand) {
  RunMetrics metrics;
  tell_example(metrics);
  const std::vector<PipelineResult> results = metrics.result().pipelines;
  ASSERT_EQ(results.size(), 1U);
  const PipelineResult& p = results[0];
  EXPECT_EQ(p.name, "p");
  EXPECT_EQ(p.runs, (JobCounts{1, 1, 0, 0, 0, 0, 0}));
  EXPECT_EQ(p.makespan_s->mean, 38);
  EXPECT_EQ(p.critical_path_s->mean, 25);
  EXPECT_EQ(p.stretch->mean, 38.0 / 25);
  const StageResult prep{"prep", 0, 1, 10, 10, 0, 0, 0.0, 3.0, 3.0, 13.0};
  const StageResult eval{"eval", 2, 2, 20, 20, 8, 8, 0.4, 5.0, 10.0, 20.0};
  const StageResult report{"report", 0, 1, 5, 5, 0, 0, 0.0, 0.0, 0.0, 5.0};
  EXPECT_EQ(p.stages, (std::vector{prep, eval, report}));
}

Pipeline single(std::uint32_t runs) { return {"s", runs, {{"a", 0, 10s, {}}, {"b", 0, 10s, {}}}}; }

/// Told a run of 4 devices with the pipeline `single`.
template <class Tell>
PipelineResult figures(std::uint32_t runs, Tell tell) {
  RunMetrics metrics;
  RunHeader header = header_of(4, one_tenant());
  header.pipelines = {single(runs)};
  ToldRun run(metrics, header);
  tell(run);
  return metrics.result().pipelines.at(0);
}

TEST(PipelineFigures, RepeatsOfOneNameAreOneSample) {
  const PipelineResult result = figures(2, [](ToldRun& run) {
    run.at(0s).submit_part(0, {{0}, 0, 0, 0}).submit_part(1, {{0}, 0, 1, 0}, {{0}}).run(0, 1);
    run.at(10s).finish(0).run(1, 1).submit_part(2, {{0}, 1, 0, 0});
    run.submit_part(3, {{0}, 1, 1, 0}, {{2}}).run(2, 1, 1);
    run.at(20s).finish(1).finish(2).at(30s).run(3, 1).at(50s).finish(3);
  });
  EXPECT_EQ(result.runs, (JobCounts{2, 2, 0, 0, 0, 0, 0}));
  EXPECT_EQ(result.makespan_s->mean, 30) << "20 s and 40 s";
  EXPECT_EQ(result.makespan_s->max, 40);
  EXPECT_EQ(result.stages[1].wait_s_mean, 5);
  EXPECT_EQ(result.stages[1].wait_s_max, 10);
  EXPECT_EQ(result.stages[1].jobs, 2U);
}

TEST(PipelineFigures, WaitsOnlyOnceItIsReady) {
  const PipelineResult result = figures(0, [](ToldRun& run) {
    run.at(0s).submit(0, 1).run(0, 1);
    // Its first stage depends on a job of no pipeline, which runs for 100 s.
    run.submit_part(1, {{0}, 0, 0, 0}, {{0}}).submit_part(2, {{0}, 0, 1, 0}, {{1}});
    run.at(100s).finish(0).at(107s).run(1, 1).at(117s).finish(1).run(2, 1).at(127s).finish(2);
  });
  EXPECT_EQ(result.stages[0].wait_s_mean, 7);
  EXPECT_EQ(result.makespan_s->mean, 127) << "what it waits for outside is part of it";
  EXPECT_EQ(result.critical_path_s->mean, 20);
}

TEST(PipelineFigures, WorkThatIsDoneAgainIsNoCriticalPath) {
  const PipelineResult result = figures(0, [](ToldRun& run) {
    run.at(0s).submit_part(0, {{0}, 0, 0, 0}, {}, 2).submit_part(1, {{0}, 0, 1, 0}, {{0}});
    run.run(0, 2).at(6s).stop(0, StopCause::kPreempted, 2s).at(8s).run(0, 2);
    run.at(14s).finish(0).run(1, 1).at(24s).finish(1);
  });
  // 6 s, of which 2 are lost, then 6 s: the job took 10 s of work and 14 s of time.
  EXPECT_EQ(result.critical_path_s->mean, 20);
  EXPECT_EQ(result.makespan_s->mean, 24);
  EXPECT_EQ(result.stages[0].run_s, 10);
  EXPECT_EQ(result.stages[0].device_s, 20);
  EXPECT_EQ(result.stages[0].wait_s_mean, 0) << "until the first start";
}

TEST(PipelineFigures, WhatIsNotCompletedIsCountedByItsFirstMishap) {
  const PipelineResult result = figures(5, [](ToldRun& run) {
    for (std::uint32_t i = 0; i < 5; ++i) {
      run.at(0s).submit_part(2 * i, {{0}, i, 0, 0});
      run.submit_part(2 * i + 1, {{0}, i, 1, 0}, {{2 * i}});
    }
    run.reject(0).reject(1);
    run.run(2, 1, 0).run(4, 1, 1).run(6, 1, 2);
    run.at(1s).fail(2).cancel(4).reject(3, "").reject(5, "");
  });
  EXPECT_EQ(result.runs, (JobCounts{5, 0, 1, 1, 1, 1, 1}));
  EXPECT_EQ(result.makespan_s, std::nullopt);
  EXPECT_EQ(result.stages[0].wait_s_mean, std::nullopt);
  EXPECT_EQ(result.stages[0].jobs, 0U);
}

TEST(PipelineFigures, MorePartsThanThereAreAreNoPart) {
  const PipelineResult result = figures(0, [](ToldRun& run) {
    run.at(0s).submit_part(0, {{0}, 0, 0, 0}).submit_part(1, {{0}, 0, 1, 0}, {{0}});
    run.submit_part(2, {{0}, 0, 1, 0}).run(2, 1, 2);
    run.run(0, 1).at(10s).finish(0).run(1, 1).at(20s).finish(1);
    run.at(30s).submit_part(3, {{0}, 0, 0, 0}).at(40s).finish(2);
  });
  EXPECT_EQ(result.makespan_s->max, 20);
}

TEST(PipelineFigures, WithoutPipelinesThereIsNothing) {
  RunMetrics metrics;
  ToldRun run(metrics, header_of(2, one_tenant()));
  run.at(0s).submit(0, 1).run(0, 1).at(1s).finish(0);
  EXPECT_TRUE(metrics.result().pipelines.empty());
}

}  // namespace
}  // namespace tandem

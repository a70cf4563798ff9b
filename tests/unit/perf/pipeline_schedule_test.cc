// Schedules of pipelines: their length is that of the bubble formula, and no stage does two things.
#include "workloads/perf/pipeline_schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>

namespace tandem {
namespace {

double length(const std::vector<PipelineTask>& tasks) {
  return std::ranges::max(tasks, {}, &PipelineTask::end_s).end_s;
}

TEST(PipelineSchedule, TakesTheBubbleLongerThanItsWork) {
  for (const std::int64_t p : {1, 2, 4, 8}) {
    for (const std::int64_t v : {1, 2, 3}) {
      if (p == 1 && v > 1) continue;
      for (const std::int64_t m : {p, 2 * p, 4 * p}) {
        const auto tasks = pipeline_schedule(p, v, m, 1, 2);
        ASSERT_EQ(tasks.size(), static_cast<std::size_t>(2 * p * v * m));
        const auto work = static_cast<double>(3 * v * m);
        const double bubble = static_cast<double>(p - 1) / static_cast<double>(v * m);
        EXPECT_NEAR(length(tasks), work * (1 + bubble), 1e-9) << p << " " << v << " " << m;
      }
    }
  }
}

TEST(PipelineSchedule, AStageDoesOneThingAtATimeAndEverythingOnce) {
  const auto tasks = pipeline_schedule(4, 2, 8, 1, 2);
  std::map<std::int64_t, double> free_at;
  std::map<std::tuple<std::int64_t, std::int64_t, std::int64_t, bool>, int> done;
  for (const PipelineTask& task : tasks) {
    EXPECT_GE(task.begin_s, free_at[task.stage]);
    free_at[task.stage] = task.end_s;
    EXPECT_EQ(++done[std::tuple(task.stage, task.piece, task.micro_batch, task.is_backward)], 1);
  }
}

TEST(PipelineSchedule, FirstStageOfFourHasFourInFlight) {
  const auto tasks = pipeline_schedule(4, 1, 8, 1, 2);
  int in_flight = 0;
  int most = 0;
  for (const PipelineTask& task : tasks) {
    if (task.stage != 0) continue;
    in_flight += task.is_backward ? -1 : 1;
    most = std::max(most, in_flight);
  }
  EXPECT_EQ(most, 4);
}

}  // namespace
}  // namespace tandem

#include "reports/finish_time.h"

#include <gtest/gtest.h>

#include "reports/run_metrics.h"
#include "tests/unit/reports/told_run.h"

namespace tandem {
namespace {

double share_at(const FinishTimeFairness& fairness, double rho) {
  for (const CdfPoint& point : fairness.cdf) {
    if (point.rho == rho) return point.share;
  }
  ADD_FAILURE() << "the CDF has no place " << rho;
  return -1;
}

/// Two jobs of 4 devices and 100 s come at 0 to 4 devices, and run one after the other.
FinishTimeFairness two_jobs() {
  RunMetrics metrics;
  ToldRun run(metrics, header_of(4, one_tenant()));
  run.at(0s).submit(0, 4).submit(1, 4).run(0, 4);
  run.at(100s).finish(0).run(1, 4);
  run.at(200s).finish(1);
  return *metrics.result().finish_time_fairness;
}

TEST(FinishTime, ExampleByHand) {
  // The first met 2 jobs all its life: on 2 of the 4 devices it takes 200 s, and ended at 100:
  // rho 1/2. The second met 2 jobs for 100 s and then itself: 1.5; on 4 / 1.5 devices it takes
  // 150 s, and ended at 200: rho 4/3.
  const FinishTimeFairness fairness = two_jobs();
  EXPECT_DOUBLE_EQ(fairness.rho.max, 4.0 / 3);
  EXPECT_DOUBLE_EQ(fairness.rho.mean, (0.5 + 4.0 / 3) / 2);
  EXPECT_DOUBLE_EQ(fairness.unfair, 0.5);
}

TEST(FinishTime, DistributionGoesFromNoneToAll) {
  const FinishTimeFairness fairness = two_jobs();
  EXPECT_EQ(share_at(fairness, 0.25), 0);
  EXPECT_EQ(share_at(fairness, 0.5), 0.5);
  EXPECT_EQ(share_at(fairness, 1), 0.5);
  EXPECT_EQ(share_at(fairness, 2), 1);
  EXPECT_EQ(fairness.cdf.size(), 14u);
  EXPECT_EQ(share_at(fairness, 0.125), 0);
  EXPECT_EQ(share_at(fairness, 1024), 1);
}

TEST(FinishTime, NarrowJobIsNotFasterAloneThanItRan) {
  // One device of 4 is no more than the share of three jobs: alone it takes its 50 s. It waited
  // 50 s behind the others: rho 2.
  RunMetrics metrics;
  ToldRun run(metrics, header_of(4, one_tenant()));
  run.at(0s).submit(0, 4).run(0, 4);
  run.at(10s).submit(1, 1).submit(2, 0);
  run.at(60s).finish(0).run(1, 1);
  run.at(110s).finish(1);
  const FinishTimeFairness fairness = *metrics.result().finish_time_fairness;
  EXPECT_DOUBLE_EQ(fairness.rho.max, 2);
}

TEST(FinishTime, WorkToBeDoneAgainIsNoRunTime) {
  // 100 s, of which 40 were lost with the node: alone it takes 60.
  RunMetrics metrics;
  ToldRun run(metrics, header_of(2, one_tenant()));
  run.at(0s).submit(0, 2).run(0, 2);
  run.at(40s).event(NodeDown{NodeId{0}}).stop(0, StopCause::kNodeDown, 40s);
  run.at(40s).event(NodeUp{NodeId{0}}).run(0, 2);
  run.at(100s).finish(0);
  EXPECT_DOUBLE_EQ(metrics.result().finish_time_fairness->rho.max, 100.0 / 60);
}

TEST(FinishTime, JobsWithoutDevicesAreNoRivals) {
  // The second job has none: the first met only itself.
  RunMetrics metrics;
  ToldRun run(metrics, header_of(2, one_tenant()));
  run.at(0s).submit(0, 2).submit(1, 0).run(0, 2).run(1, 0);
  run.at(100s).finish(0).finish(1);
  const FinishTimeFairness fairness = *metrics.result().finish_time_fairness;
  EXPECT_EQ(fairness.rho.mean, 1);
  EXPECT_EQ(fairness.unfair, 0);
}

TEST(FinishTime, RivalsThatWereTurnedAwayOrLeftDoNotStay) {
  // Rejected at once and withdrawn at 50 s: 1.5 on the average of 100 s, on 2 / 1.5 devices.
  RunMetrics metrics;
  ToldRun run(metrics, header_of(2, one_tenant()));
  run.at(0s).submit(0, 2).submit(1, 9).submit(2, 1).run(0, 2).reject(1);
  run.at(50s).cancel(2);
  run.at(100s).finish(0);
  EXPECT_DOUBLE_EQ(metrics.result().finish_time_fairness->rho.max, 1 / 1.5);
}

TEST(FinishTime, WithoutRunTimeThereIsNoRho) {
  RunMetrics metrics;
  ToldRun run(metrics, header_of(1, one_tenant()));
  run.at(0s).submit(0, 1);
  run.at(50s).run(0, 1).finish(0);
  EXPECT_FALSE(metrics.result().finish_time_fairness);
}

TEST(FinishTime, LongRunsDoNotBlurShortJobs) {
  // 100,000 jobs over 30 years, and then one of a second beside two others: the integral has gone
  // around its 2^64 job-microseconds five times by then, and the difference is as exact as ever.
  FinishTime finish_time;
  finish_time.set_devices(2);
  for (int i = 0; i < 100'000; ++i) finish_time.enter();
  finish_time.advance(Time{std::chrono::hours(30 * 8760)});
  for (int i = 0; i < 100'000 - 2; ++i) finish_time.leave();
  const Time submitted{std::chrono::hours(30 * 8760)};
  const std::uint64_t mark = finish_time.enter();
  finish_time.advance(submitted + 1s);
  finish_time.complete(mark, submitted, 1s, 2);
  EXPECT_EQ(finish_time.result()->rho.max, 1.0 / 3);
}

}  // namespace
}  // namespace tandem

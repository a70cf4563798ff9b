#include "reports/run_metrics.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "tests/unit/reports/told_run.h"

namespace tandem {
namespace {

Tenants three_to_one() {
  Tenants tenants;
  tenants.add("ann", {}, 3);
  tenants.add("bob", {}, 1);
  return tenants;
}

const DeviceFigures kFigures{{3.6}, {1000}, {100}};

/// FIFO on 4 devices. Job 0 computes 0-100 on 2, job 1 100-150 on 4, job 2 150-180 on 1; job 3
/// is withdrawn at 60, job 4 never fits, job 5 computes 150-170 on 2 and fails.
RunResult six_jobs(DeviceFigures figures = kFigures) {
  RunMetrics metrics(std::move(figures));
  ToldRun run(metrics, header_of(4, three_to_one()));
  run.at(0s).submit(0, 2, 0).run(0, 2);
  run.at(10s).submit(1, 4, 1);
  run.at(20s).submit(2, 1, 0);
  run.at(30s).submit(3, 1, 0);
  run.at(40s).submit(4, 8, 1).reject(4);
  run.at(50s).submit(5, 2, 1);
  run.at(60s).cancel(3);
  run.at(100s).finish(0).run(1, 4);
  run.at(150s).finish(1).run(2, 1).run(5, 2, 1);
  run.at(170s).fail(5);
  run.at(180s).finish(2);
  return metrics.result();
}

TEST(RunMetrics, CountsEveryJobInOneState) {
  EXPECT_EQ(six_jobs().jobs, (JobCounts{6, 3, 1, 1, 1, 0, 0}));
}

TEST(RunMetrics, WaitsOfCompletedJobs) {
  // 0, 90 and 130 s; p90 lies at place 1.8: 90 + 0.8 * 40.
  const Percentiles wait = *six_jobs().wait_s;
  EXPECT_DOUBLE_EQ(wait.mean, 220.0 / 3);
  EXPECT_DOUBLE_EQ(wait.p50, 90);
  EXPECT_DOUBLE_EQ(wait.p90, 122);
  EXPECT_DOUBLE_EQ(wait.p95, 126);
  EXPECT_DOUBLE_EQ(wait.p99, 129.2);
  EXPECT_DOUBLE_EQ(wait.max, 130);
}

TEST(RunMetrics, SlowdownsOfCompletedJobs) {
  // JCT 100, 140, 160 s over runs of 100, 50, 30 s. All ran longer than 10 s: bounded is the same.
  const RunResult result = six_jobs();
  EXPECT_DOUBLE_EQ(result.jct_s->mean, 400.0 / 3);
  EXPECT_DOUBLE_EQ(result.slowdown->mean, (1 + 2.8 + 160.0 / 30) / 3);
  EXPECT_DOUBLE_EQ(result.slowdown->max, 160.0 / 30);
  EXPECT_EQ(result.bounded_slowdown, result.slowdown);
  EXPECT_DOUBLE_EQ(*result.pending_s_mean, 220.0 / 3);
}

TEST(RunMetrics, DevicesHeldOverTheWindow) {
  // 2*100 + 4*50 + 1*30 + 2*20 = 470 device-seconds of 4 * 180. The failed job held its devices
  // too.
  const RunResult result = six_jobs();
  EXPECT_DOUBLE_EQ(*result.makespan_s, 180);
  EXPECT_DOUBLE_EQ(result.device_hours, 470.0 / 3600);
  EXPECT_DOUBLE_EQ(result.goodput_device_hours, 470.0 / 3600);
  EXPECT_DOUBLE_EQ(*result.utilization, 470.0 / 720);
}

TEST(RunMetrics, CostAndEnergy) {
  // 4 devices * 0.05 h * 3.6; 470 s at 1000 W and 250 s at 100 W are 495 kJ.
  const RunResult result = six_jobs();
  EXPECT_DOUBLE_EQ(*result.cost, 0.72);
  EXPECT_DOUBLE_EQ(*result.energy_kwh, 495e3 / 3.6e6);
  EXPECT_FALSE(six_jobs({}).cost);
  EXPECT_FALSE(six_jobs({{3.6}, {1000}, {std::nullopt}}).energy_kwh);
}

TEST(RunMetrics, SpotDevicesArePaidWhileHeld) {
  const RunResult result = six_jobs({{3.6}, {}, {}, {true}});
  EXPECT_DOUBLE_EQ(*result.cost, 0.47);
}

TEST(RunMetrics, TenantsHaveTheBillOfWhatTheyHeld) {
  // Ann held 230 device-seconds, bob 240, all of them computing; the facility draws twice as much,
  // at 500 g for a kilowatt-hour.
  const RunResult result = six_jobs({{3.6}, {1000}, {100}, {}, 2, 500});
  EXPECT_DOUBLE_EQ(*result.energy_kwh, 2 * 495e3 / 3.6e6);
  EXPECT_DOUBLE_EQ(*result.carbon_kg, 495e3 / 3.6e6);
  ASSERT_EQ(result.tenants.size(), 2u);
  EXPECT_DOUBLE_EQ(*result.tenants[0].cost, 0.23);
  EXPECT_DOUBLE_EQ(*result.tenants[0].energy_kwh, 2 * 230e3 / 3.6e6);
  EXPECT_DOUBLE_EQ(*result.tenants[1].cost, 0.24);
  EXPECT_DOUBLE_EQ(*result.tenants[1].carbon_kg, 240e3 / 3.6e6);
}

TEST(RunMetrics, DevicesAreIdleUntilTheirGangComputesAndOffWhenTheirNodeIsDown) {
  // One device: idle 0-10 (its gang starts), busy 10-30 of which 5 s went into saving, off 30-40,
  // idle 40-60, busy 60-100.
  RunMetrics metrics({{}, {1000}, {100}});
  Bill bill;
  metrics.set_bill_listener([&](JobId, const Bill& of_job, const auto&) { bill = of_job; });
  ToldRun run(metrics, header_of(1, one_tenant()));
  run.at(0s).submit(0, 1).start(0, 1);
  run.at(10s).started(0);
  run.at(30s).event(Progressed{JobId{0}, 15s, 5s}).stop(0, StopCause::kNodeDown);
  run.event(NodeDown{NodeId{0}});
  run.at(40s).event(NodeUp{NodeId{0}});
  run.at(60s).run(0, 1);
  run.at(100s).finish(0);
  const RunResult result = metrics.result();
  EXPECT_DOUBLE_EQ(*result.energy_kwh, (55e3 + 35 * 100) / 3.6e6);
  EXPECT_DOUBLE_EQ(bill.device_joules, 55e3 + 15 * 100);
  EXPECT_DOUBLE_EQ(result.goodput_device_hours, 55.0 / 3600);
}

TEST(RunMetrics, TenantsAndTheirFairness) {
  // ann held 230 device-seconds with 3/4 of the shares, bob 240 with 1/4: x = 920/3 and 960.
  const RunResult result = six_jobs();
  ASSERT_EQ(result.tenants.size(), 2u);
  const TenantResult& ann = result.tenants[0];
  EXPECT_EQ(ann.name, "ann");
  EXPECT_EQ(ann.jobs, (JobCounts{3, 2, 0, 1, 0, 0, 0}));
  EXPECT_DOUBLE_EQ(*ann.wait_s_mean, 65);
  EXPECT_DOUBLE_EQ(*ann.wait_s_p95, 123.5);
  EXPECT_DOUBLE_EQ(*ann.jct_s_mean, 130);
  EXPECT_DOUBLE_EQ(ann.share, 0.75);
  EXPECT_DOUBLE_EQ(ann.device_hours, 230.0 / 3600);
  EXPECT_EQ(result.tenants[1].jobs, (JobCounts{3, 1, 1, 0, 1, 0, 0}));
  const double a = 920.0 / 3;
  EXPECT_DOUBLE_EQ(*result.jain, (a + 960) * (a + 960) / (2 * (a * a + 960.0 * 960)));
}

TEST(RunMetrics, QueueBetweenSteps) {
  // Waiting: job 1 10-100, job 2 20-150, job 3 30-60, job 5 50-150: 350 job-seconds in 180 s.
  const RunResult result = six_jobs();
  EXPECT_DOUBLE_EQ(result.queue.mean, 350.0 / 180);
  EXPECT_EQ(result.queue.max, 4u);
  EXPECT_EQ(result.engine.steps, 11u);
  EXPECT_EQ(result.engine.events, 15u);
}

TEST(RunMetrics, LostWorkIsHeldButNotUseful) {
  // Computes 10-110, loses 30 s of that with its node, computes again 210-300: executed 190, run
  // 160. Devices held 0-110 and 200-300.
  RunMetrics metrics;
  ToldRun run(metrics, header_of(2, one_tenant()));
  run.at(0s).submit(0, 2).start(0, 2);
  run.at(10s).started(0);
  run.at(110s).event(NodeDown{NodeId{0}}).stop(0, StopCause::kNodeDown, 30s);
  run.at(200s).event(NodeUp{NodeId{0}}).start(0, 2);
  run.at(210s).started(0);
  run.at(300s).finish(0);
  const RunResult result = metrics.result();
  EXPECT_DOUBLE_EQ(result.wait_s->mean, 0);
  EXPECT_DOUBLE_EQ(result.slowdown->mean, 300.0 / 160);
  EXPECT_DOUBLE_EQ(*result.pending_s_mean, 110);
  EXPECT_DOUBLE_EQ(result.device_hours, 420.0 / 3600);
  EXPECT_DOUBLE_EQ(result.goodput_device_hours, 320.0 / 3600);
  EXPECT_DOUBLE_EQ(result.queue.mean, 90.0 / 300);
}

TEST(RunMetrics, JobOfNoLengthHasOnlyABoundedSlowdown) {
  // Waits 50 s, runs 0 s: bounded (50 + 0) / 10.
  RunMetrics metrics;
  ToldRun run(metrics, header_of(1, one_tenant()));
  run.at(0s).submit(0, 1);
  run.at(50s).run(0, 1).finish(0);
  const RunResult result = metrics.result();
  EXPECT_FALSE(result.slowdown);
  EXPECT_EQ(result.slowdown_undefined, 1u);
  EXPECT_DOUBLE_EQ(result.bounded_slowdown->mean, 5);
}

TEST(RunMetrics, ActiveJobsCountUntilTheLastStep) {
  RunMetrics metrics;
  ToldRun run(metrics, header_of(2, one_tenant()));
  run.at(0s).submit(0, 1).run(0, 1).submit(1, 2);
  run.at(100s);
  const RunResult result = metrics.result();
  EXPECT_EQ(result.jobs, (JobCounts{2, 0, 0, 0, 0, 1, 1}));
  EXPECT_FALSE(result.wait_s);
  EXPECT_FALSE(result.makespan_s);
  EXPECT_DOUBLE_EQ(*result.utilization, 0.5);
  EXPECT_DOUBLE_EQ(result.starvation->longest_wait_s, 100);
  ASSERT_EQ(result.warnings.size(), 1u);
  EXPECT_NE(result.warnings[0].find("1 jobs running and 1 queued"), std::string::npos);
}

TEST(RunMetrics, StarvedJobsWaitedTenMedians) {
  // Waits 1, 1, 1, 11 s: the median is 1 s, and 11 s is more than ten times that.
  RunMetrics metrics;
  ToldRun run(metrics, header_of(4, one_tenant()));
  run.at(0s).submit(0, 1).submit(1, 1).submit(2, 1).submit(3, 1);
  run.at(1s).run(0, 1, 0).run(1, 1, 1).run(2, 1, 2);
  run.at(11s).run(3, 1, 3);
  run.at(20s).finish(0).finish(1).finish(2).finish(3);
  const RunResult result = metrics.result();
  EXPECT_EQ(result.starvation->over_ten_medians, 1u);
  EXPECT_DOUBLE_EQ(result.starvation->longest_wait_s, 11);
}

TEST(RunMetrics, JobWithoutDevicesHoldsNone) {
  RunMetrics metrics;
  ToldRun run(metrics, header_of(2, one_tenant()));
  run.at(0s).submit(0, 0).run(0, 0);
  run.at(10s).finish(0);
  EXPECT_EQ(metrics.result().device_hours, 0);
  EXPECT_FALSE(metrics.result().jain);
}

TEST(RunMetrics, SaysWhichNumbersDoNotAddUp) {
  RunMetrics metrics;
  ToldRun run(metrics, header_of(2, one_tenant()));
  run.at(0s).submit(0, 1).run(0, 1);
  run.at(10s).finish(0).finish(0);
  try {
    metrics.result();
    FAIL() << "a job ended twice";
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(),
                 "jobs are not conserved: 1 submitted, but 2 completed, 0 failed, 0 cancelled, 0 "
                 "rejected, 0 running, 0 queued");
  }
}

TEST(RunMetrics, ARunWithoutJobsHasNoFigures) {
  RunMetrics metrics;
  ToldRun run(metrics, header_of(2, one_tenant()));
  const RunResult result = metrics.result();
  EXPECT_EQ(result.jobs, JobCounts{});
  EXPECT_FALSE(result.utilization);
  EXPECT_FALSE(result.cost);
  EXPECT_FALSE(result.starvation);
  EXPECT_TRUE(result.tenants.empty());
}

}  // namespace
}  // namespace tandem

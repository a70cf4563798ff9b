// Orders that look at the job alone, on a handful of jobs: who starts when.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "policies/orders/least_attained.h"
#include "policies/orders/round_robin.h"
#include "policies/orders/run_time_predictor.h"
#include "policies/registry.h"
#include "tests/support/error_of.h"
#include "tests/support/random.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

using Rows = std::vector<JobRow>;

std::string starts_on(std::uint32_t devices, const Rows& rows, const std::string& policy) {
  return starts(scenario_of(nodes(1, devices), rows), policy);
}

TEST(Srpt, WhoHasLeastLeftGoesFirst) {
  const Rows rows{{0, 10}, {1, 3}, {2, 1}};
  EXPECT_EQ(starts_on(1, rows, "srpt"), "0@0 2@10 1@11");
  EXPECT_EQ(starts_on(1, rows, "srpt+preempt:min_runtime=0s"), "0@0 1@1 2@2 1@3 0@5");
  // With 3 s left, job 0 goes before a new job of 4, which would go before one of 10.
  EXPECT_EQ(starts_on(1, {{0, 10}, {7, 4}, {7, 10}}, "srpt+preempt:min_runtime=0s"),
            "0@0 1@10 2@14");
}

TEST(Srpt, SizeIsWhatIsAskedFor) {
  // Job 1 is estimated at 9 and takes 2.
  const Rows rows{{0, 6}, {1, 2, 1, 0, 9}};
  EXPECT_EQ(starts_on(1, rows, "srpt+preempt:min_runtime=0s"), "0@0 1@6");
  EXPECT_EQ(starts_on(1, rows, "srpt:size=oracle+preempt:min_runtime=0s"), "0@0 1@1 0@3");
  EXPECT_EQ(starts_on(1, rows, "srtf"), "0@0 1@6");
}

TEST(RunTimePredictor, IsTheMeanOfTheLastTwo) {
  RunTimePredictor predictor(2);
  const auto claim = [](std::uint32_t tenant, double submitted_s, double done_s) {
    Claim job;
    job.tenant = {tenant};
    job.submitted = at_second(submitted_s);
    job.size = seconds(100);
    job.done = seconds(done_s);
    return job;
  };
  EXPECT_EQ(predictor.predict(claim(0, 0, 0)), seconds(100)) << "nothing is known";
  predictor.finished(claim(0, 0, 10), at_second(1));
  predictor.finished(claim(0, 0, 30), at_second(2));
  predictor.finished(claim(0, 0, 300), at_second(3));
  EXPECT_EQ(predictor.predict(claim(0, 1, 0)), seconds(100)) << "known only at that moment";
  EXPECT_EQ(predictor.predict(claim(0, 2, 0)), seconds(10));
  EXPECT_EQ(predictor.predict(claim(0, 3, 0)), seconds(20)) << "as of submission";
  EXPECT_EQ(predictor.predict(claim(0, 4, 0)), seconds(100)) << "no more than the estimate";
  EXPECT_EQ(predictor.predict(claim(1, 4, 0)), seconds(100)) << "another tenant";
}

TEST(Sjf, PredictsFromWhatTheTenantRan) {
  // Both tenants ask for 50 s each time. Tenant 1 takes 2, so its next goes first.
  const Rows rows{{0, 20, 1, 0, 50, 0},
                  {1, 2, 1, 0, 50, 1},
                  {30, 5, 1, 0, 50, 0},
                  {31, 9, 1, 0, 50, 0},
                  {32, 3, 1, 0, 50, 1}};
  Scenario scenario = scenario_of(nodes(1, 1), rows);
  scenario.tenants.add("other");
  EXPECT_EQ(starts(scenario, "sjf"), "0@0 1@20 2@30 3@35 4@44");
  EXPECT_EQ(starts(scenario, "sjf:size=predicted"), "0@0 1@20 2@30 4@35 3@38");
  EXPECT_EQ(starts(scenario, "ljf:size=predicted"), "0@0 1@20 2@30 3@35 4@44");
}

TEST(Las, WhoHasHadLeastGoesFirst) {
  const std::string las = "las:quantum=5s+preempt:min_runtime=0s";
  // Both are in the first quantum until 5; then job 0 has filled it, job 1 at 10.
  EXPECT_EQ(starts_on(1, {{0, 8}, {0, 8}}, las), "0@0 1@5 0@13");
  // Service counts devices: five of them fill a quantum in a second.
  EXPECT_EQ(starts_on(5, {{0, 2, 5}, {0, 2, 5}}, las), "0@0 1@1 0@3");
  // A new job goes before all that have filled one.
  EXPECT_EQ(starts_on(1, {{0, 20}, {12, 4}}, las), "0@0 1@12 0@16");
}

TEST(Las, KnowsWhenAGangAtHalfSpeedHasFilledItsQuantum) {
  Claim claim;
  claim.is_served = true;
  claim.devices = 2;
  claim.done = seconds(3);
  claim.rate = {Rate::kOwnPace / 2};
  const LeastAttained order(seconds(10));
  // It has had 6 of 10; the other 4 are 2 s of work, at half the pace.
  EXPECT_EQ(order.standing(claim, at_second(100)).until, at_second(104));
  claim.rate = {0};
  EXPECT_EQ(order.standing(claim, at_second(100)).until, kForever) << "it does not compute";
}

TEST(DiscretisedLas, QueuesByThresholds) {
  const std::string las = "2d-las:thresholds=2s/6s+preempt:min_runtime=0s";
  // Job 0 leaves the first queue at 2. Job 1 does at 4 and the second at 8, where job 0 still is;
  // in the last queue nobody is put behind.
  EXPECT_EQ(starts_on(1, {{0, 10}, {0, 10}}, las), "0@0 1@2 0@8 1@16");
  // By submission inside a queue, not by attained service.
  EXPECT_EQ(starts_on(1, {{0, 5}, {0, 3}, {0, 4}, {2, 1}}, las), "0@0 1@2 2@4 3@6 0@7 1@10 2@11");
}

TEST(DiscretisedLas, WhoWaitedLongIsPromoted) {
  Rows rows{{0, 20}};
  for (int i = 0; i < 4; ++i) rows.push_back({1.0 + 2 * i, 2});
  const std::string las = "2d-las:thresholds=2s";
  EXPECT_EQ(starts_on(1, rows, las + "+preempt:min_runtime=0s"), "0@0 1@2 2@4 3@6 4@8 0@10");
  // Job 0 has executed for 2 s at 2 and waits as long; it is stopped again once it has been served
  // for the threshold, then waits for 4 s.
  EXPECT_EQ(starts_on(1, rows, las + ":promote=1+preempt:min_runtime=0s"),
            "0@0 1@2 0@4 2@6 3@8 0@10 4@12 0@14");
}

TEST(Gittins, StopsWhoDidNotEndWhereMostDo) {
  const std::string gittins = "gittins:services=1s/1s/10s:quantum=1ms+preempt:min_runtime=0s";
  // Two of three end after 1 s: index 2/3. Who did not has an index of 1/9.
  EXPECT_EQ(starts_on(1, {{0, 10}, {0.5, 1}, {1.5, 1}}, gittins), "0@0 1@1 2@2 0@3");
  // With half a second left its index is 2, and nobody stops it.
  EXPECT_EQ(starts_on(1, {{0, 10}, {9.5, 1}}, gittins), "0@0 1@10");
  // Devices count: two of them are past 1 s of device-time in half a second.
  EXPECT_EQ(starts_on(2, {{0, 5, 2}, {0, 1, 2}}, gittins), "0@0 1@0.5 0@1.5");
}

TEST(Gittins, IndexHoldsForAQuantum) {
  // Job 0 falls behind after 1 s, which is seen when it has filled 3.
  EXPECT_EQ(starts_on(1, {{0, 10}, {0.5, 1}},
                      "gittins:services=1s/1s/10s:quantum=3s+preempt:min_runtime=0s"),
            "0@0 1@3 0@4");
}

TEST(Gittins, IsSrptIfAllSizesAreEqual) {
  Random random(1);
  Rows rows;
  double now = 0;
  for (int i = 0; i < 200; ++i) {
    now += static_cast<double>(random.below(12));
    rows.push_back({now, 5});
  }
  EXPECT_EQ(starts_on(1, rows, "gittins:services=5s:quantum=1ms+preempt:min_runtime=0s"),
            starts_on(1, rows, "srpt+preempt:min_runtime=0s"));
}

TEST(Gittins, LearnsFromWhatFinished) {
  // Nine jobs of 1 s and one of 30: until the period is over it is FIFO. Then nobody who has had
  // more than 1 s keeps a new job waiting.
  Rows rows{{0, 30}};
  for (int i = 0; i < 9; ++i) rows.push_back({40.0 + i, 1});
  rows.insert(rows.end(), {{50, 30}, {52, 1}});
  rows.insert(rows.end(), {{100, 30}, {100.5, 1}});
  const std::string before = "0@0 1@40 2@41 3@42 4@43 5@44 6@45 7@46 8@47 9@48 10@50 ";
  EXPECT_EQ(starts_on(1, rows, "gittins:quantum=1s:period=1min+preempt:min_runtime=0s"),
            before + "11@60 10@61 12@100 13@101 12@102");
  EXPECT_EQ(starts_on(1, rows, "gittins:quantum=1s:period=1h+preempt:min_runtime=0s"),
            before + "11@80 12@100 13@130");
}

TEST(Edf, EarliestDeadlineFirstAndWithoutOneLast) {
  auto jobs = arrivals_of({{0, 10}, {0, 10}, {1, 10}, {2, 10}, {3, 10}});
  jobs[2].job.deadline = at_second(100);
  jobs[4].job.deadline = at_second(50);
  EXPECT_EQ(starts(scenario_of(nodes(1, 1), jobs), "edf"), "0@0 4@10 2@20 1@30 3@40");
  EXPECT_EQ(starts(scenario_of(nodes(1, 1), jobs), "edf+preempt:min_runtime=0s"),
            "0@0 2@1 4@3 2@13 0@21 1@30 3@40");
}

TEST(CriticalPath, LongestChainFirst) {
  auto jobs = arrivals_of({{0, 10}, {0, 10}, {0, 10}});
  jobs[0].job.critical_path = seconds(10);
  jobs[1].job.critical_path = seconds(10);
  jobs[2].job.critical_path = seconds(40);
  EXPECT_EQ(starts(scenario_of(nodes(1, 1), jobs), "critical-path"), "2@0 0@10 1@20");
}

TEST(RoundRobin, EverybodyHasATurn) {
  const std::string turns = "round-robin:quantum=2s+preempt:min_runtime=0s";
  EXPECT_EQ(starts_on(1, {{0, 4}, {0, 4}, {0, 4}}, turns), "0@0 1@2 2@4 0@6 1@8 2@10");
  // Who comes later waits for its turn; alone, nobody is stopped.
  EXPECT_EQ(starts_on(1, {{0, 7}, {5, 1}}, turns), "0@0 1@5 0@6");
  // Gangs change places whole.
  EXPECT_EQ(starts_on(4, {{0, 3, 2}, {0, 3, 2}, {0, 3, 4}}, turns), "0@0 1@0 2@2 0@4 1@4 2@5");
}

TEST(RoundRobin, EndsEvenIfStartingTakesLongerThanATurn) {
  Scenario scenario = scenario_of(nodes(1, 1), Rows{{0, 4}, {0, 4}, {7, 1}});
  // At 7, when job 2 comes, job 0 has been starting for 3 s: its turn is still before it.
  scenario.preemption.costs = {{.restart = seconds(5)}};
  EXPECT_EQ(starts(scenario, "round-robin:quantum=2s+preempt:min_runtime=0s"),
            "0@0 1@2 0@4 1@11 2@18");
}

TEST(Orders, ThatDoNotSettleNeedAMinimumRunTime) {
  const auto accepted = [](const std::string& order) {
    return error_of([&] { canonical_policy(order + "+preempt:min_runtime=0s"); }) == "no error";
  };
  for (const char* order :
       {"srpt", "las", "2d-las:promote=2", "gittins", "edf", "round-robin", "critical-path",
        "stride", "lottery", "multifactor:w_fair_share=0:w_size=0"}) {
    EXPECT_TRUE(accepted(order)) << order;
  }
  for (const char* order :
       {"drf", "max-min", "multifactor", "multifactor:w_fair_share=0:w_size=1", "fair-share"}) {
    EXPECT_FALSE(accepted(order)) << order;
  }
}

TEST(Orders, ListsOfDurationsAreChecked) {
  const auto error_for = [](const std::string& policy) {
    return error_of([&] { canonical_policy(policy); });
  };
  EXPECT_EQ(
      error_for("2d-las:thresholds=2h/1h"),
      "policy parameter 2d-las:thresholds=2h/1h: expected durations that rise, such as 1h/10h");
  EXPECT_EQ(error_for("gittins:services=2h/0s"),
            "policy parameter gittins:services=2h/0s: expected durations such as 1h/10h");
  EXPECT_EQ(error_for("gittins:services="),
            "policy parameter gittins:services=: expected durations such as 1h/10h");
}

}  // namespace
}  // namespace tandem

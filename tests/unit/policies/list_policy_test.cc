// Orders, backfills and quotas on a handful of jobs: who starts when.

#include "policies/list_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/support/runs.h"

namespace tandem {
namespace {

using Rows = std::vector<JobRow>;

std::string starts_on(std::uint32_t devices, const Rows& rows, const std::string& policy) {
  return starts(scenario_of(nodes(1, devices), rows), policy);
}

TEST(Backfill, WorkedCaseOnFourDevices) {
  const Rows rows{{0, 10, 2}, {0, 10, 4}, {0, 10, 2}, {0, 11, 2}};
  EXPECT_EQ(starts_on(4, rows, "fifo"), "0@0 1@10 2@20 3@20");
  EXPECT_EQ(starts_on(4, rows, "easy"), "0@0 2@0 1@10 3@20");
  EXPECT_EQ(starts_on(4, rows, "first-fit"), "0@0 2@0 1@10 3@20");
}

TEST(Backfill, WorkedCaseOnSixDevices) {
  const Rows rows{{0, 10, 2}, {0, 10, 5}, {0, 10, 2}, {0, 11, 2}, {0, 100, 1}};
  EXPECT_EQ(starts_on(6, rows, "fifo"), "0@0 1@10 2@20 3@20 4@20");
  EXPECT_EQ(starts_on(6, rows, "first-fit"), "0@0 2@0 3@0 4@10 1@11");
  EXPECT_EQ(starts_on(6, rows, "easy"), "0@0 2@0 4@0 1@10 3@20");
}

TEST(Easy, JobThatEndsAtTheShadowTimeIsInTime) {
  // The head can start at 10: job 2 ends at that moment, job 3 a second later.
  const Rows rows{{0, 10, 3}, {1, 5, 4}, {2, 8, 1}, {2, 9, 1}};
  EXPECT_EQ(starts_on(4, rows, "easy"), "0@0 2@2 1@10 3@15");
}

TEST(Easy, GangThatOutrunsItsEstimateIsExpectedToEndAtAnyMoment) {
  // Job 0 should have ended at 5. After that nothing but a job of no length ends in time.
  const Rows rows{{0, 20, 3, 0, 5}, {1, 5, 4}, {6, 3, 1}, {7, 0, 1}};
  EXPECT_EQ(starts_on(4, rows, "easy"), "0@0 3@7 1@20 2@25");
}

TEST(Easy, ReservesOnTheTypeThatIsReadyFirst) {
  // Type a is held until 10, type b until 20. The head may have either: it is a's turn, and job 3
  // does not delay it on b.
  Cluster cluster;
  const DeviceTypeId a = cluster.add_type("a");
  const DeviceTypeId b = cluster.add_type("b");
  cluster.add_node("a0", a, 2);
  cluster.add_node("b0", b, 2);
  auto jobs = arrivals_of({{0, 10, 1}, {0, 20, 1}, {1, 5, 2}, {2, 100, 1}, {3, 100, 1}});
  jobs[0].job.demand.types = 1;
  jobs[1].job.demand.types = 2;
  jobs[3].job.demand.types = 2;
  jobs[4].job.demand.types = 1;
  EXPECT_EQ(starts(scenario_of(cluster, jobs), "easy"), "0@0 1@0 3@2 2@10 4@15");
}

TEST(Sjf, ShortestEstimateFirst) {
  const Rows rows{{0, 1, 1}, {0, 3, 1, 0, 9}, {0, 9, 1, 0, 3}, {0, 3, 1, 0, 3}};
  EXPECT_EQ(starts_on(1, rows, "sjf"), "0@0 2@1 3@10 1@13");
  EXPECT_EQ(starts_on(1, rows, "sjf:size=oracle"), "0@0 1@1 3@4 2@7");
}

TEST(Ljf, LongestEstimateFirst) {
  const Rows rows{{0, 1, 1}, {0, 3, 1, 0, 9}, {0, 9, 1, 0, 3}, {0, 3, 1, 0, 3}};
  EXPECT_EQ(starts_on(1, rows, "ljf"), "1@0 2@3 3@12 0@15");
  EXPECT_EQ(starts_on(1, rows, "ljf:size=oracle"), "2@0 1@9 3@12 0@15");
}

TEST(PriorityAging, UrgentFirstAndTiesBySubmission) {
  const Rows rows{{0, 10, 1, 0}, {1, 10, 1, 1}, {2, 10, 1, 2}, {3, 10, 1, 2}};
  EXPECT_EQ(starts_on(1, rows, "priority-aging:weight=1:max_age=7d"), "0@0 2@10 3@20 1@30");
}

TEST(PriorityAging, LongWaitOutranksFreshUrgency) {
  // Three points in 60 s: at 61 job 1 is as urgent as a fresh job of priority 3, and older.
  const Rows rows{{0, 61, 1}, {1, 10, 1, 0}, {61, 10, 1, 3}};
  EXPECT_EQ(starts_on(1, rows, "priority-aging:weight=3:max_age=60s"), "0@0 1@61 2@71");
  const Rows sooner{{0, 60, 1}, {1, 10, 1, 0}, {60, 10, 1, 3}};
  EXPECT_EQ(starts_on(1, sooner, "priority-aging:weight=3:max_age=60s"), "0@0 2@60 1@70");
}

TEST(PriorityAging, NothingRisesBeyondTheCap) {
  // At 100 jobs 1 and 2 are both at the cap of 60 s: the base decides, however old job 1 is.
  const Rows rows{{0, 100, 1}, {1, 10, 1, 0}, {39, 10, 1, 1}};
  EXPECT_EQ(starts_on(1, rows, "priority-aging:weight=3:max_age=60s"), "0@0 2@100 1@110");
  // Not yet at the cap, job 2 has gained 2 by its age, job 1 three: equal, and the older first.
  const Rows younger{{0, 79, 1}, {1, 10, 1, 0}, {39, 10, 1, 1}};
  EXPECT_EQ(starts_on(1, younger, "priority-aging:weight=3:max_age=60s"), "0@0 1@79 2@89");
}

TEST(PriorityAging, ChangedBasePriorityCountsWithTheAgeGainedBefore) {
  Scenario scenario = scenario_of(nodes(1, 1), Rows{{0, 40, 1}, {1, 10, 1, 2}, {1, 10, 1, 0}});
  EXPECT_EQ(starts(scenario, "priority-aging:weight=3:max_age=60s"), "0@0 1@40 2@50");
  scenario.changes.push_back({at_second(20), "j2", 3});
  EXPECT_EQ(starts(scenario, "priority-aging:weight=3:max_age=60s"), "0@0 2@40 1@50");
  // Lowered again before it could start.
  scenario.changes.push_back({at_second(39), "j2", 1});
  EXPECT_EQ(starts(scenario, "priority-aging:weight=3:max_age=60s"), "0@0 1@40 2@50");
}

TEST(PriorityAging, ExtremePrioritiesDoNotGoAheadOfAGangThatLostANode) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  Scenario scenario = scenario_of(nodes(1, 1), Rows{{0, 10, 1, -kMost}, {1, 10, 1, kMost}});
  scenario.failures.outages.push_back({{0}, at_second(2), at_second(5)});
  EXPECT_EQ(starts(scenario, "priority-aging:max_age=105000d"), "0@0 0@5 1@15");
  EXPECT_EQ(run(scenario, "priority-aging", nullptr).promise,
            "a job of base priority -9223372036854775807 may wait for ever behind "
            "fresh ones of 9223372036854775807: weight 1000 is less than the gap of "
            "18446744073709551614");
}

TEST(ListPolicy, SaysThatAGangReturns) {
  Scenario scenario = scenario_of(nodes(1, 1), Rows{{0, 10, 1}, {0, 1, 1}});
  scenario.failures.outages.push_back({{0}, at_second(2), at_second(5)});
  const auto lines = lines_of(journal_of(scenario, "sjf"));
  EXPECT_NE(std::ranges::find(lines, "- start 1 0 shortest estimate, 1 s"), lines.end());
  EXPECT_NE(
      std::ranges::find(lines, "- start 0 0 lost a node, goes before gangs that never started"),
      lines.end());
}

TEST(ListPolicy, CheckpointedGangIsBelievedToNeedTheRestOfItsEstimate) {
  // Job 0 loses its node after 6 s, 5 of them saved, and runs from 6 to 11 on the other: the head
  // can start then. Job 3 of 3 s ends in time, job 2 of 4 s does not.
  Scenario scenario = scenario_of(nodes(2, 2), Rows{{0, 10, 2}, {7, 5, 4}, {8, 4, 1}, {8, 3, 1}});
  scenario.failures.checkpoint_interval = seconds(5);
  scenario.failures.outages.push_back({{0}, at_second(6), at_second(8)});
  EXPECT_EQ(starts(scenario, "fifo+easy"), "0@0 0@6 3@8 1@11 2@16");
}

Scenario with_quota(std::uint32_t quota, const Rows& rows) {
  Scenario scenario = scenario_of(nodes(1, 4), rows);
  scenario.tenants.add("limited", {}, 1, quota);
  return scenario;
}

TEST(Quota, JobBeyondItHoldsNobodyUp) {
  const Rows rows{{0, 10, 1, 0, -1, 1}, {0, 10, 2, 0, -1, 1}, {0, 10, 1, 0, -1, 1}, {0, 10, 3}};
  // Job 1 would make three devices. Job 2, of the same tenant, does not overtake it; job 3 does.
  EXPECT_EQ(starts(with_quota(2, rows), "fifo"), "0@0 3@0 1@10 2@20");
}

TEST(Quota, IsFreeAgainWhenAWaitingJobIsCancelled) {
  const Rows rows{{0, 10, 3}, {0, 10, 2, 0, -1, 1}, {0, 10, 1, 0, -1, 1}};
  Scenario scenario = with_quota(2, rows);
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 1@10 2@20");
  scenario.changes.push_back({at_second(5), "j1", std::nullopt});
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 2@5");
}

TEST(Quota, GangThatLostANodeStillCounts) {
  Scenario scenario = with_quota(2, Rows{{0, 10, 2, 0, -1, 1}, {1, 10, 2, 0, -1, 1}});
  scenario.failures.outages.push_back({{0}, at_second(2), at_second(5)});
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 0@5 1@15");
}

}  // namespace
}  // namespace tandem

// The backfills that hold places for waiting gangs, on a handful of jobs worked by hand.

#include <gtest/gtest.h>

#include <algorithm>

#include "policies/backfill/profile.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

using Rows = std::vector<JobRow>;

constexpr const char* kRebuild = "fifo+conservative:compression=rebuild";
constexpr const char* kShift = "fifo+conservative:compression=shift";

std::string starts_on(std::uint32_t devices, const Rows& rows, const std::string& policy) {
  return starts(scenario_of(nodes(1, devices), rows), policy);
}

TEST(Profile, FindsTheEarliestHoleThatIsLongEnough) {
  Profile profile;
  profile.add_always(4);
  profile.add(at_second(0), at_second(10), -3);
  profile.add(at_second(15), at_second(20), -2);
  EXPECT_EQ(profile.earliest(at_second(0), seconds(100), 1), at_second(0));
  EXPECT_EQ(profile.earliest(at_second(0), seconds(100), 2), at_second(10));
  EXPECT_EQ(profile.earliest(at_second(0), seconds(5), 3), at_second(10));
  EXPECT_EQ(profile.earliest(at_second(0), seconds(6), 3), at_second(20));
  EXPECT_EQ(profile.earliest(at_second(11), seconds(4), 4), at_second(11));
  EXPECT_EQ(profile.earliest(at_second(12), seconds(4), 4), at_second(20));
  EXPECT_EQ(profile.earliest(at_second(0), seconds(1), 5), kForever);
}

TEST(Profile, IsFlatAgainWhenEverythingIsTakenBack) {
  Profile profile;
  profile.add_always(4);
  profile.add(at_second(3), at_second(9), -6);
  profile.add_until(at_second(5), -1);
  EXPECT_EQ(profile.at(at_second(4)), -3);
  EXPECT_EQ(profile.earliest(at_second(8), Duration::max(), 4), at_second(9));
  EXPECT_EQ(profile.earliest(at_second(8), seconds(2), 1), at_second(9));
  profile.forget_before(at_second(6));
  profile.add(at_second(6), at_second(9), 6);
  EXPECT_EQ(profile.earliest(at_second(6), Duration::max(), 4), at_second(6));
}

TEST(Profile, SeesWhatCouldBeginBefore) {
  Profile profile;
  profile.add_always(4);
  profile.add(at_second(0), at_second(10), -3);
  profile.add(at_second(14), at_second(20), -2);
  // A hole of four seconds, and the last second before 21.
  EXPECT_TRUE(profile.may_begin_before(at_second(21), at_second(0), seconds(4), 4));
  EXPECT_TRUE(profile.may_begin_before(at_second(21), at_second(12), seconds(4), 4));
  EXPECT_FALSE(profile.may_begin_before(at_second(20), at_second(11), seconds(4), 4));
  EXPECT_FALSE(profile.may_begin_before(at_second(10), at_second(0), seconds(4), 2));
  EXPECT_FALSE(profile.may_begin_before(at_second(5), at_second(5), seconds(1), 1));
}

TEST(Conservative, WorkedCaseOnFourDevices) {
  // Job 1 has all devices from 10 to 20. Job 2 ends by then, job 3 a second late.
  const Rows rows{{0, 10, 2}, {0, 10, 4}, {0, 10, 2}, {0, 11, 2}};
  for (const char* policy :
       {kRebuild, kShift, "fifo+slack:slack=0", "fifo+slack", "conservative"}) {
    EXPECT_EQ(starts_on(4, rows, policy), "0@0 2@0 1@10 3@20") << policy;
  }
}

TEST(Conservative, WorkedCaseOnSixDevices) {
  // Job 1 has five devices from 10 to 20, so that one is left for job 4 at once, beside jobs 0, 2.
  const Rows rows{{0, 10, 2}, {0, 10, 5}, {0, 10, 2}, {0, 11, 2}, {0, 100, 1}};
  EXPECT_EQ(starts_on(6, rows, kRebuild), "0@0 2@0 4@0 1@10 3@20");
  EXPECT_EQ(starts_on(6, rows, kShift), "0@0 2@0 4@0 1@10 3@20");
}

TEST(Conservative, NobodyDelaysTheSecondInTheQueueEither) {
  // Job 1 has its place at 10, job 2 at 20. EASY lets job 3 run beside job 1 and delay job 2.
  const Rows rows{{0, 10, 3}, {0, 10, 3}, {0, 10, 4}, {0, 25, 1}};
  EXPECT_EQ(starts_on(4, rows, "easy"), "0@0 3@0 1@10 2@25");
  EXPECT_EQ(starts_on(4, rows, kRebuild), "0@0 1@10 2@20 3@30");
  EXPECT_EQ(starts_on(4, rows, kShift), "0@0 1@10 2@20 3@30");
}

TEST(Conservative, RebuildGivesTheFirstWhatShiftKeepsForALaterJob) {
  // Job 0 says 20 s and ends at 4. Until then job 2 (all devices) has its place at 20, job 3 one
  // from 8, when job 1 ends, to 20.
  const Rows rows{{0, 4, 3, 0, 20}, {0, 8, 1}, {0, 10, 4}, {0, 12, 1}};
  // All anew: job 2 at 8, and job 3 after it.
  EXPECT_EQ(starts_on(4, rows, kRebuild), "0@0 1@0 2@8 3@18");
  // Job 2 cannot move, since job 3 has one device until 20. Then job 3 moves, to 4. Nobody looks
  // at job 2 again: it starts at 20, when nothing else happens.
  EXPECT_EQ(starts_on(4, rows, kShift), "0@0 1@0 3@4 2@20");
}

TEST(Conservative, GangThatOutrunsItsEstimateIsExpectedToEndAtAnyMoment) {
  // Job 0 should have ended at 5. From then on job 1 might start at any moment.
  const Rows rows{{0, 20, 3, 0, 5}, {1, 5, 4}, {6, 3, 1}, {7, 0, 1}, {17, 3, 1}};
  EXPECT_EQ(starts_on(4, rows, kRebuild), "0@0 1@20 2@25 3@25 4@25");
  // Job 2 has been given 11 and job 3 12. The place of job 1 moves along; theirs do not.
  EXPECT_EQ(starts_on(4, rows, kShift), "0@0 2@11 3@14 1@20 4@25");
}

TEST(Conservative, NobodyWaitsForEverBehindAJobOfNoLength) {
  // Job 1 takes all devices at 10 and gives them back at once.
  const Rows rows{{0, 10, 4}, {1, 0, 4}, {1, 5, 4}};
  EXPECT_EQ(starts_on(4, rows, kRebuild), "0@0 1@10 2@10");
  EXPECT_EQ(starts_on(4, rows, kShift), "0@0 1@10 2@10");
}

TEST(Conservative, WithdrawnJobsLeaveTheirPlaces) {
  // Job 1 has its place at 10, and job 2 would be in its way.
  Scenario scenario = scenario_of(nodes(1, 4), Rows{{0, 10, 3}, {1, 10, 4}, {2, 20, 1}});
  EXPECT_EQ(starts(scenario, kRebuild), "0@0 1@10 2@20");
  EXPECT_EQ(starts(scenario, kShift), "0@0 1@10 2@20");
  scenario.changes.push_back({at_second(5), "j1", std::nullopt});
  EXPECT_EQ(starts(scenario, kRebuild), "0@0 2@5");
  EXPECT_EQ(starts(scenario, kShift), "0@0 2@5");
}

TEST(Conservative, NobodyHasAPlaceThatNoNodeUpCouldBe) {
  // The only node with four devices is down until 50: job 1 waits for it, and nobody for job 1.
  Cluster cluster = nodes(2, 2);
  cluster.add_node("wide", {0}, 4);
  auto jobs = arrivals_of({{0, 10, 1}, {2, 10, 4}, {3, 100, 4}});
  jobs[1].job.demand.one_node = true;
  Scenario scenario = scenario_of(cluster, jobs);
  scenario.failures.outages.push_back({{2}, at_second(1), at_second(50)});
  EXPECT_EQ(starts(scenario, kRebuild), "0@0 2@10 1@50");
  EXPECT_EQ(starts(scenario, kShift), "0@0 2@10 1@50");
}

TEST(Conservative, PlacesAreAnewWhenANodeGoesDown) {
  // Job 1 has its place at 10. With one node of two left, its four devices are nowhere until 40.
  Scenario scenario = scenario_of(nodes(2, 2), Rows{{0, 10, 2}, {1, 10, 4}, {2, 20, 1}});
  EXPECT_EQ(starts(scenario, kShift), "0@0 1@10 2@20");
  scenario.failures.outages.push_back({{1}, at_second(5), at_second(40)});
  EXPECT_EQ(starts(scenario, kRebuild), "0@0 2@10 1@40");
  EXPECT_EQ(starts(scenario, kShift), "0@0 2@10 1@40");
}

TEST(Conservative, GangThatMustBeOnOneNodeWaitsForOneAndKeepsItsDevicesCounted) {
  // At 10 two devices are free, one on each node: enough by their number, and job 2 needs both on
  // one. It waits until job 1 ends, and job 3 waits behind it.
  auto jobs = arrivals_of({{0, 10, 1}, {0, 20, 1}, {0, 10, 1}, {0, 20, 1}, {1, 5, 2}, {2, 30, 1}});
  jobs[4].job.demand.one_node = true;
  const Scenario scenario = scenario_of(nodes(2, 2), jobs);
  EXPECT_EQ(starts(scenario, std::string(kRebuild) + "+packed"), "0@0 1@0 2@0 3@0 4@20 5@20");
}

TEST(Conservative, PlaceIsOnOneTypeAndKeptThere) {
  // Type a is free, and job 2 has its place there from 5 on. Job 3 may have either, and its hole is
  // on b, which a placement left to itself would look at last.
  Cluster cluster;
  const DeviceTypeId a = cluster.add_type("a");
  const DeviceTypeId b = cluster.add_type("b");
  cluster.add_node("a0", a, 2);
  cluster.add_node("b0", b, 2);
  auto jobs = arrivals_of({{0, 5, 1}, {0, 1, 1}, {0, 5, 2}, {0, 100, 1}});
  jobs[0].job.demand.types = 1;
  jobs[1].job.demand.types = 2;
  jobs[2].job.demand.types = 1;
  for (const char* policy : {kRebuild, kShift}) {
    EXPECT_EQ(starts(scenario_of(cluster, jobs), policy), "0@0 1@0 3@0 2@5") << policy;
  }
}

TEST(Conservative, SaysWhoseTurnItIs) {
  const Rows rows{{0, 10, 2}, {0, 10, 4}, {0, 10, 2}};
  const auto lines = lines_of(journal_of(scenario_of(nodes(1, 4), rows), kRebuild));
  const std::string reason = " backfilled: its place is now, that of job j1 at 10 s";
  EXPECT_EQ(std::ranges::count(lines, "- start 2 2-3" + reason), 1) << lines[lines.size() - 5];
}

TEST(Slack, OthersMayBePushedAsFarAsTheirPatienceGoes) {
  // Job 1 has its place at 10; job 2 would push it to 15.
  const Rows rows{{0, 10, 3}, {0, 10, 4}, {0, 15, 1}};
  EXPECT_EQ(starts_on(4, rows, "fifo+slack:slack=0"), "0@0 1@10 2@20");
  EXPECT_EQ(starts_on(4, rows, "fifo+slack:slack=0.4"), "0@0 1@10 2@20");
  EXPECT_EQ(starts_on(4, rows, "fifo+slack:slack=0.5"), "0@0 2@0 1@15");
  EXPECT_EQ(starts_on(4, rows, "fifo+slack"), "0@0 2@0 1@15");
}

TEST(Slack, PatienceIsUsedUp) {
  // Job 2 pushes job 1 from 10 to 15, job 3 to 19; its promise is 20, and job 4 would make it 22.
  const Rows rows{{0, 10, 2}, {0, 10, 4}, {0, 15, 1}, {1, 18, 1}, {10, 12, 1}, {10, 10, 1}};
  EXPECT_EQ(starts_on(4, rows, "fifo+slack"), "0@0 2@0 3@1 5@10 1@20 4@30");
}

TEST(Largest, NoStreamOfSmallJobsStarvesTheWidest) {
  Rows rows{{0, 10, 2}, {1, 10, 4}};
  for (int i = 1; i < 40; ++i) rows.push_back({5.0 * i, 10, 2});
  const std::string first_fit = starts_on(4, rows, "fifo+first-fit") + " ";
  EXPECT_NE(first_fit.find(" 1@205 "), std::string::npos) << first_fit;
  const std::string largest = starts_on(4, rows, "fifo+largest") + " ";
  EXPECT_NE(largest.find(" 1@10 "), std::string::npos) << largest;
}

TEST(Largest, FirstOfTheQueueMayNotDelayTheWidestEither) {
  // At 10 job 1, the first, fits; but then job 2 would not. Job 3 ends by 10, job 4 does not.
  const Rows rows{{0, 10, 2}, {1, 10, 3}, {1, 10, 4}, {1, 9, 1}, {1, 10, 1}};
  EXPECT_EQ(starts_on(4, rows, "fifo+largest"), "0@0 3@1 2@10 1@20 4@20");
  EXPECT_EQ(starts_on(4, rows, "easy"), "0@0 3@1 4@1 1@10 2@20");
}

TEST(Largest, WidestThatFitsIsInNobodysWay) {
  // All fit at once, in order. Job 3 is then the widest that waits.
  const Rows rows{{0, 10, 1}, {0, 5, 3}, {0, 20, 1}, {1, 5, 3}, {1, 20, 2}, {1, 4, 1}};
  EXPECT_EQ(starts_on(6, rows, "fifo+largest"), "0@0 1@0 2@0 5@1 3@5 4@10");
}

}  // namespace
}  // namespace tandem

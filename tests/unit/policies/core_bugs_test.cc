// What once went wrong in the core, each with the run that showed it.

#include <gtest/gtest.h>

#include "policies/core/free_devices.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

TEST(CoreBugs, AJobWhoseDependencyIsDoneOvertookOlderOnesHeldByItsLimit) {
  auto jobs = arrivals_of({{0, 5}, {1, 1}, {2, 1}});
  jobs[2].after = {{0}};
  Scenario scenario = scenario_of(nodes(1, 4), jobs);
  scenario.limits.push_back({"everybody", {}, {}, {}, 1, {}});
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 1@5 2@6");
}

TEST(CoreBugs, AJobWithoutDevicesNeverEndedOnANodeWhoseDevicesItsModelCannotUse) {
  auto jobs = arrivals_of({{0, 5, 0}});
  jobs[0].job.model = ModelId{1};
  Scenario scenario = scenario_of(nodes(1, 1), jobs);
  scenario.models.add("cannot", {0});
  EXPECT_EQ(run(scenario, "fifo", nullptr).counts.completed, 1U);
}

TEST(CoreBugs, AGangStoppedForAGuaranteeTookItsDevicesBack) {
  // Job 1 takes back what is guaranteed to its tenant; the order has job 0 first.
  Scenario scenario = scenario_of(nodes(1, 1), {{0, 10, 1, 5, -1, 0}, {2, 1, 1, 0, -1, 1}});
  scenario.tenants = {};
  scenario.tenants.add("borrower");
  scenario.tenants.guarantee(scenario.tenants.add("owner"), 1);
  EXPECT_EQ(starts(scenario, "priority-aging+preempt:by=quota:min_runtime=0s"), "0@0 1@2 0@3");
}

TEST(CoreBugs, SiblingsTookTheGuaranteeOfTheirParentFromEachOther) {
  Scenario scenario = scenario_of(nodes(1, 1), {{0, 10, 1, 0, -1, 1}, {2, 1, 1, 0, -1, 2}});
  scenario.tenants = {};
  const TenantId parent = scenario.tenants.add("both");
  scenario.tenants.guarantee(parent, 1);
  scenario.tenants.add("both/one", parent);
  scenario.tenants.add("both/two", parent);
  EXPECT_EQ(starts(scenario, "fifo+preempt:by=quota:min_runtime=0s"), "0@0 1@10");
}

TEST(CoreBugs, ANodeStayedClosedToAModelAfterAnElasticGangOfAnotherHadGrownThere) {
  const Cluster cluster = nodes(1, 4);
  FreeDevices free(cluster);
  Demand one;
  one.model = 2;
  one.excludes = 4;
  Demand two = one;
  two.devices = 2;
  Demand other;
  other.model = 4;
  other.excludes = 2;
  free.take(one, {{{0}}, {{{0}, 1}}});
  free.take(one, {{{1}}, {{{0}, 1}}});
  free.give_back(two, {{{0}, {1}}, {{{0}, 2}}});
  EXPECT_TRUE(free.fits(other));
}

TEST(CoreBugs, EasyTookANodeForRoomThatAnExcludedModelWasOn) {
  // Job 1 must not be beside jobs 0 and 2; the latter would end after the former.
  auto jobs = arrivals_of({{0, 5, 1}, {1, 1, 1}, {2, 20, 1}});
  jobs[1].job.model = ModelId{1};
  jobs[0].job.model = jobs[2].job.model = ModelId{2};
  Models models;
  models.add("shy");
  models.add("loud");
  models.exclude({1}, {2});
  for (Arrival& arrival : jobs) models.constrain(arrival.job);
  Scenario scenario = scenario_of(nodes(1, 3), jobs);
  scenario.models = models;
  EXPECT_EQ(starts(scenario, "easy"), "0@0 1@5 2@6");
}

TEST(CoreBugs, EasyBelievedTheEstimateOnASlowType) {
  // Job 2 would end before job 1 can start, were it not for the device's speed.
  auto jobs = arrivals_of({{0, 5, 1}, {1, 1, 2}, {2, 2, 1}});
  jobs[2].job.model = ModelId{1};
  Scenario scenario = scenario_of(nodes(1, 2), jobs);
  scenario.models.add("slow", {500'000});
  EXPECT_EQ(starts(scenario, "easy"), "0@0 1@5 2@6");
}

}  // namespace
}  // namespace tandem

// Devices that are shared, and models that stay apart.

#include <gtest/gtest.h>

#include "policies/core/error.h"
#include "policies/placement/packed.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

Demand part(std::uint32_t thousandths) {
  Demand demand;
  demand.device_share = thousandths;
  return demand;
}

Allocation on_device(std::uint32_t device) { return {{{device}}, {{NodeId{0}, 1}}}; }

TEST(SharedDevices, AreFilledBeforeAWholeOneIsBroken) {
  const Cluster cluster = nodes(1, 2);
  FreeDevices free(cluster);
  for (const std::uint32_t expected : {0U, 0U, 1U, 0U}) {
    const Demand demand = part(expected == 1 ? 600 : 300);
    const auto place = Packed().place(demand, free);
    ASSERT_TRUE(place);
    EXPECT_EQ(place->devices.front().value, expected);
    free.take(demand, *place);
  }
  EXPECT_EQ(free.thousandths(DeviceId{0}), 100U);
  EXPECT_EQ(free.thousandths(DeviceId{1}), 400U);
  EXPECT_FALSE(free.fits(part(401)));
  EXPECT_FALSE(free.fits(Demand{}));
}

TEST(SharedDevices, AreWholeAgainWhenTheLastLetsGo) {
  const Cluster cluster = nodes(1, 1);
  FreeDevices free(cluster);
  free.take(part(250), on_device(0));
  free.take(part(750), on_device(0));
  EXPECT_THROW(free.take(part(1), on_device(0)), RuleBroken);
  free.give_back(part(250), on_device(0));
  EXPECT_FALSE(free.fits(Demand{}));
  free.give_back(part(750), on_device(0));
  EXPECT_TRUE(free.fits(Demand{}));
}

TEST(SharedDevices, TwoHalvesRunAtOnce) {
  std::vector<Arrival> jobs = arrivals_of({{0, 10, 1}, {0, 10, 1}, {0, 10, 1}});
  for (Arrival& arrival : jobs) arrival.job.demand.device_share = 500;
  EXPECT_EQ(starts(scenario_of(nodes(1, 1), std::move(jobs)), "fifo"), "0@0 1@0 2@10");
}

TEST(SharedDevices, GangIsForeseenWhenAllShareholdersEnd) {
  // Both halves of the one device end at 30 and 40; the whole job waits, and what would end at 45
  // may not go before it.
  std::vector<Arrival> jobs =
      arrivals_of({{0, 30, 1}, {0, 40, 1}, {1, 10, 1}, {2, 10, 1}, {2, 43, 1}});
  for (const int job : {0, 1, 3, 4})
    jobs[static_cast<std::size_t>(job)].job.demand.device_share = 400;
  EXPECT_EQ(starts(scenario_of(nodes(1, 1), std::move(jobs)), "easy"), "0@0 1@0 3@30 2@40 4@50");
}

TEST(Models, ThatExcludeEachOtherShareNoNode) {
  Scenario scenario = scenario_of(nodes(2, 4), std::vector<Arrival>{});
  Models models;
  const ModelId a = models.add("a");
  const ModelId b = models.add("b");
  models.exclude(a, b);
  std::vector<Arrival> jobs = arrivals_of({{0, 10, 1}, {0, 10, 1}, {0, 10, 1}, {0, 10, 6}});
  jobs[0].job.model = a;
  jobs[1].job.model = b;
  jobs[2].job.model = a;
  for (Arrival& arrival : jobs) models.constrain(arrival.job);
  scenario = scenario_of(nodes(2, 4), std::move(jobs));
  scenario.models = models;
  const std::string journal = journal_of(scenario, "fifo");
  EXPECT_NE(journal.find("- start 0 0 "), std::string::npos) << journal;
  EXPECT_NE(journal.find("- start 1 4 "), std::string::npos) << journal;
  EXPECT_NE(journal.find("- start 2 1 "), std::string::npos) << journal;
}

TEST(Models, RunAsFastAsTheirDevices) {
  Cluster cluster;
  cluster.add_node("slow", cluster.add_type("slow"), 1);
  std::vector<Arrival> jobs = arrivals_of({{0, 10, 1}, {0, 10, 1}});
  Models models;
  jobs[0].job.model = models.add("m", {250'000});
  models.constrain(jobs[0].job);
  Scenario scenario = scenario_of(std::move(cluster), std::move(jobs));
  scenario.models = models;
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 1@40");
}

}  // namespace
}  // namespace tandem

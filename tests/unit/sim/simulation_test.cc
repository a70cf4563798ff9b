#include "sim/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "policies/core/error.h"
#include "policies/core/journal.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

void ignore(double) {}

std::vector<std::string> notes(const Scenario& scenario, const std::string& policy) {
  JournalWriter nowhere([](std::string_view) {});
  return simulate(scenario, {policy, 1, "test"}, nowhere, ignore);
}

TEST(Simulate, JobThatWaitsForEverIsAnError) {
  // Feasible, with every node up; but one never comes back.
  Scenario scenario = scenario_of(nodes(2, 1), std::vector<JobRow>{{0, 5, 1}, {10, 5, 2}});
  scenario.failures.outages.push_back({{1}, at_second(1), kForever});
  try {
    notes(scenario, "fifo");
    FAIL() << "it ended";
  } catch (const StuckError& error) {
    EXPECT_STREQ(error.what(),
                 "policy fifo leaves 1 jobs waiting although nothing runs and nothing more will "
                 "happen");
  }
}

TEST(Simulate, WaitsForANodeThatComesBack) {
  Scenario scenario = scenario_of(nodes(2, 1), std::vector<JobRow>{{0, 5, 1}, {10, 5, 2}});
  scenario.failures.outages.push_back({{1}, at_second(1), at_second(1000)});
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 1@1000");
  EXPECT_TRUE(notes(scenario, "fifo").empty());
}

TEST(Simulate, FailuresAfterTheLastJobAreNotWaitedFor) {
  Scenario scenario = scenario_of(nodes(2, 1), std::vector<JobRow>{{0, 5, 1}});
  scenario.failures.outages.push_back({{1}, at_second(1000), at_second(2000)});
  const auto lines = lines_of(journal_of(scenario, "fifo"));
  EXPECT_EQ(lines[lines.size() - 2], "@ 5000000000");
}

TEST(Simulate, TellsPromisesAndChangesWithoutEffect) {
  Scenario scenario = scenario_of(nodes(1, 1), std::vector<JobRow>{{0, 5, 1, 0}, {0, 5, 1, 10}});
  scenario.changes.push_back({at_second(7), "j1", 3});               // Has finished.
  scenario.changes.push_back({at_second(8), "j0", 4});               // Runs: lawful.
  scenario.changes.push_back({at_second(900), "j0", std::nullopt});  // After the end.
  EXPECT_EQ(
      notes(scenario, "fifo"),
      (std::vector<std::string>{"2 changes named jobs that were not waiting or running then"}));
  scenario.changes.clear();
  EXPECT_EQ(notes(scenario, "priority-aging:weight=20:max_age=60s"),
            (std::vector<std::string>{"a job of base priority 0 goes before fresh "
                                      "ones of 10 once it has waited 30 s"}));
}

TEST(Simulate, TellsHowFarItIs) {
  std::vector<JobRow> rows;
  for (int i = 0; i < 20'000; ++i) rows.push_back({static_cast<double>(i), 1, 1});
  JournalWriter nowhere([](std::string_view) {});
  std::vector<double> shares;
  simulate(scenario_of(nodes(1, 1), rows), {"fifo", 1, "test"}, nowhere,
           [&](double share) { shares.push_back(share); });
  ASSERT_GE(shares.size(), 3U);
  EXPECT_GT(shares.front(), 0);
  EXPECT_LE(shares.back(), 1);
  EXPECT_TRUE(std::ranges::is_sorted(shares));
}

TEST(Simulate, UnknownPolicyIsAnInputError) {
  const Scenario scenario = scenario_of(nodes(1, 1), std::vector<JobRow>{{0, 5, 1}});
  EXPECT_THROW(notes(scenario, "fofi"), InputError);
}

TEST(SimulatedWorld, CompletionGoesBeforeAFailureOfTheSameInstant) {
  Scenario scenario = scenario_of(nodes(1, 1), std::vector<JobRow>{{0, 5, 1}, {0, 5, 1}});
  scenario.failures.outages.push_back({{0}, at_second(5), at_second(7)});
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 1@7");
}

TEST(SimulatedWorld, GangRestartsFromItsLastCheckpoint) {
  // 7 s of 10 done, 6 of them saved: 4 are left.
  Scenario scenario = scenario_of(nodes(1, 1), std::vector<JobRow>{{0, 10, 1}, {0, 1, 1}});
  scenario.failures.checkpoint_interval = seconds(3);
  scenario.failures.outages.push_back({{0}, at_second(7), at_second(8)});
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 0@8 1@12");
  scenario.failures.checkpoint_interval.reset();
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 0@8 1@18");
}

}  // namespace
}  // namespace tandem

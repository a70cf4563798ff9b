// What gangs do between their events: they save themselves, and hang until somebody notices.
#include "sim/gangs.h"

#include <gtest/gtest.h>

#include <string>

#include "sim/child_processes.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

/// The journal's steps. In a process of its own: there is one network in a process.
std::string steps(const Scenario& scenario, const std::string& policy) {
  const auto outcomes =
      run_children({[&](const ReportProgress&) { return journal_of(scenario, policy); }}, 1,
                   [](std::size_t, double) {});
  EXPECT_EQ(outcomes[0].error, "");
  const std::string journal = outcomes[0].result.value_or("");
  return journal.substr(journal.find("@ "));
}

TEST(Gangs, ADeadGangHangsUntilItIsNoticed) {
  Scenario scenario = scenario_of(nodes(2, 1), std::vector<JobRow>{{0, 10, 1}});
  scenario.failures.outages.push_back({{0}, at_second(4), at_second(20)});
  scenario.failures.detection = seconds(3);
  EXPECT_EQ(steps(scenario, "fifo"),
            "@ 0\n+ submit 0 0 train 1 0 10000000000 j0\n- start 0 0 submitted first\n"
            "@ 0\n+ start 0\n"
            "@ 7000000000\n+ progress 0 0 3000000000\n+ stop 0 node-down 4000000000\n+ down 0\n"
            "- start 0 1 lost a node, goes before gangs that never started\n"
            "@ 7000000000\n+ start 0\n"
            "@ 17000000000\n+ finish 0\n");
}

TEST(Gangs, WhoStartsOnADeadNodeHangsToo) {
  Scenario scenario = scenario_of(nodes(1, 1), std::vector<JobRow>{{5, 10, 1}});
  scenario.failures.outages.push_back({{0}, at_second(4), at_second(20)});
  scenario.failures.detection = seconds(3);
  EXPECT_EQ(steps(scenario, "fifo"),
            "@ 5000000000\n+ submit 0 0 train 1 0 10000000000 j0\n- start 0 0 submitted first\n"
            "@ 7000000000\n+ stop 0 node-down 0\n+ down 0\n"
            "@ 23000000000\n+ up 0\n- start 0 0 lost a node, goes before gangs that never started\n"
            "@ 23000000000\n+ start 0\n"
            "@ 33000000000\n+ finish 0\n");
}

TEST(Gangs, CheckpointsTakeTheTimeOfTheirTransfer) {
  // 2 GB at 1 GB/s: computes until 5, saves until 7, computes until 12, saves until 14, ends at 16.
  auto jobs = arrivals_of({{0, 12, 1}});
  jobs[0].state = {2'000'000'000};
  Scenario scenario = scenario_of(nodes(1, 1), jobs);
  scenario.network = {8e9, 1, 1, 0};
  scenario.failures.checkpoint_interval = seconds(5);
  EXPECT_EQ(steps(scenario, "fifo"),
            "@ 0\n+ submit 0 0 train 1 0 12000000000 j0\n- start 0 0 submitted first\n"
            "@ 0\n+ start 0\n"
            "@ 16000000000\n+ progress 0 12000000000 4000000000\n+ finish 0\n");
}

TEST(Gangs, TwoThatSaveThemselvesShareTheStorage) {
  // Both want to write 2 GB at 5 s, to a store that takes 1 GB/s: until 9.
  auto jobs = arrivals_of({{0, 8, 1}, {0, 8, 1}});
  for (Arrival& job : jobs) job.state = {2'000'000'000};
  Scenario scenario = scenario_of(nodes(2, 1), jobs);
  scenario.network = {8e9, 1, 1, 8e9};
  scenario.failures.checkpoint_interval = seconds(5);
  const std::string found = steps(scenario, "fifo");
  EXPECT_NE(found.find("@ 12000000000\n+ progress 0 8000000000 4000000000\n"
                       "+ progress 1 8000000000 4000000000\n+ finish 0\n+ finish 1\n"),
            std::string::npos)
      << found;
}

TEST(Gangs, AStateIsSavedAndReadThroughTheNetwork) {
  // Stopped at 5 s, saves 2 GB until 7; the other runs until 10; reads until 12, ends at 17.
  auto jobs = arrivals_of({{0, 10, 1, 0}, {5, 3, 1, 1}});
  jobs[0].state = {2'000'000'000};
  Scenario scenario = scenario_of(nodes(1, 1), jobs);
  scenario.network = {8e9, 1, 1, 0};
  const std::string found = steps(scenario, "fifo+preempt:by=priority:min_runtime=0s");
  EXPECT_NE(found.find("@ 7000000000\n+ progress 0 5000000000 2000000000\n"
                       "+ stop 0 preempted 0\n"),
            std::string::npos)
      << found;
  EXPECT_NE(found.find("@ 17000000000\n+ finish 0\n"), std::string::npos) << found;
}

}  // namespace
}  // namespace tandem

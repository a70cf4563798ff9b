// Worked examples of taking devices back: who stops, what it costs, what it may not do.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "policies/core/error.h"
#include "policies/registry.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

constexpr const char* kByPriority =
    "priority-aging:weight=1:max_age=100000d+preempt:by=priority:min_runtime=0s";

/// Who starts, stops and ends when: "start 0@0 preempt 0@10 …", in the order of the journal.
class Story final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event& event) override {
    if (const auto* started = std::get_if<Started>(&event)) say("runs", started->job);
    if (const auto* stopped = std::get_if<Stopped>(&event)) say("stopped", stopped->job);
    if (const auto* resized = std::get_if<Resized>(&event)) say("resized", resized->job);
    if (const auto* finished = std::get_if<Finished>(&event)) say("ends", finished->job);
    if (const auto* failed = std::get_if<Failed>(&event)) say("fails", failed->job);
  }
  void action(const Action& action) override {
    if (const auto* preempt = std::get_if<Preempt>(&action)) say("preempt", preempt->job);
    if (const auto* resize = std::get_if<Resize>(&action)) {
      say(fmt::format("resize to {}", resize->allocation.devices.size()).c_str(), resize->job);
    }
    if (const auto* reject = std::get_if<Reject>(&action)) say("reject", reject->job);
  }
  const std::string& text() const { return text_; }

 private:
  void say(const char* what, JobId job) {
    text_ +=
        fmt::format("{}{} {}@{}", text_.empty() ? "" : ", ", what, job.value, to_seconds(now_));
  }
  Time now_;
  std::string text_;
};

std::string story(const Scenario& scenario, const std::string& policy) {
  Story story;
  run(scenario, policy, &story);
  return story.text();
}

TEST(Preemption, UrgentJobTakesDevicesAndTheOtherGoesOnWhereItWas) {
  const Scenario scenario = scenario_of(nodes(1, 4), {{0, 100, 4, 0}, {10, 10, 2, 5}});
  EXPECT_EQ(story(scenario, kByPriority),
            "runs 0@0, preempt 0@10, stopped 0@10, runs 1@10, ends 1@20, runs 0@20, ends 0@110");
}

TEST(Preemption, SavingAndRestoringTakeTheTimeOfTheState) {
  std::vector<Arrival> jobs = arrivals_of({{0, 100, 4, 0}, {10, 10, 2, 5}});
  jobs[0].state = {10'000'000'000};
  Scenario scenario = scenario_of(nodes(1, 4), std::move(jobs));
  scenario.network.storage_bits_per_s = 8e9;  // 10 GB take 10 s.
  scenario.preemption.costs = {{.restart = seconds(5)}};
  EXPECT_EQ(story(scenario, kByPriority),
            "runs 0@0, preempt 0@10, stopped 0@20, runs 1@20, ends 1@30, runs 0@45, ends 0@135");
}

TEST(Preemption, WithoutSavingWorkSinceTheLastCheckpointIsLost) {
  Scenario scenario = scenario_of(nodes(1, 4), {{0, 100, 4, 0}, {10, 10, 2, 5}});
  scenario.preemption.save = false;
  scenario.failures.checkpoint_interval = seconds(4);
  EXPECT_EQ(story(scenario, kByPriority),
            "runs 0@0, preempt 0@10, stopped 0@10, runs 1@10, ends 1@20, runs 0@20, ends 0@112");
}

TEST(Preemption, StopsNobodyItDoesNotNeed) {
  // The last in order is too small for the newcomer; with the next both would go, one is enough.
  const Scenario scenario =
      scenario_of(nodes(1, 4), {{0, 100, 3, 1}, {0, 100, 1, 0}, {10, 10, 3, 5}});
  EXPECT_EQ(story(scenario, kByPriority),
            "runs 0@0, runs 1@0, preempt 0@10, stopped 0@10, runs 2@10, ends 2@20, runs 0@20, "
            "ends 1@100, ends 0@110");
}

TEST(Preemption, StopsNobodyIfThatWouldNotHelp) {
  std::vector<Arrival> jobs = arrivals_of({{0, 50, 3, 0}, {0, 50, 1, 0}, {10, 10, 4, 5}});
  jobs[1].job.preemptible = false;
  EXPECT_EQ(story(scenario_of(nodes(1, 4), std::move(jobs)), kByPriority),
            "runs 0@0, runs 1@0, ends 0@50, ends 1@50, runs 2@50, ends 2@60");
}

TEST(Preemption, GangComputesForItsMinimumFirst) {
  const Scenario scenario = scenario_of(nodes(1, 4), {{0, 100, 4, 0}, {10, 10, 2, 5}});
  EXPECT_EQ(story(scenario, "priority-aging:weight=1:max_age=100000d+preempt:min_runtime=30s"),
            "runs 0@0, preempt 0@30, stopped 0@30, runs 1@30, ends 1@40, runs 0@40, ends 0@110");
}

TEST(Preemption, NobodyOvertakesTheHeadWhileItsVictimsSave) {
  std::vector<Arrival> jobs =
      arrivals_of({{0, 100, 2, 0}, {0, 12, 2, 1}, {10, 10, 4, 5}, {11, 50, 2, 0}});
  jobs[0].state = {10'000'000'000};
  Scenario scenario = scenario_of(nodes(1, 4), std::move(jobs));
  scenario.network.storage_bits_per_s = 8e9;
  // Job 1 ends at 12 while job 0 still saves; job 3 would fit, but the head has paid for room.
  EXPECT_EQ(story(scenario,
                  "priority-aging:weight=1:max_age=100000d+first-fit+"
                  "preempt:by=priority:min_runtime=0s"),
            "runs 0@0, runs 1@0, preempt 0@10, preempt 1@10, stopped 1@10, stopped 0@20, "
            "runs 2@20, ends 2@30, runs 1@30, ends 1@32, runs 3@32, runs 0@40, ends 3@82, "
            "ends 0@130");
}

TEST(Preemption, GuaranteeIsTakenBackFromThoseWhoBorrow) {
  // a is guaranteed 2 of 4 devices, which b borrows until a comes.
  std::vector<JobRow> rows{{0, 100, 1, 0, -1, 1}, {0, 100, 1, 0, -1, 1}, {0, 100, 1, 0, -1, 1},
                           {0, 100, 1, 0, -1, 1}, {10, 20, 2, 0, -1, 0}, {11, 20, 1, 0, -1, 0}};
  Scenario scenario = scenario_of(nodes(1, 4), rows);
  scenario.tenants = {};
  scenario.tenants.guarantee(scenario.tenants.add("a"), 2);
  scenario.tenants.guarantee(scenario.tenants.add("b"), 2);
  // Job 4 takes a's guarantee back. When it ends, jobs 2 and 3 are first, but job 5 is within it
  // too.
  EXPECT_EQ(story(scenario, "fifo+preempt:by=quota:min_runtime=0s"),
            "runs 0@0, runs 1@0, runs 2@0, runs 3@0, preempt 3@10, preempt 2@10, stopped 2@10, "
            "stopped 3@10, runs 4@10, ends 4@30, preempt 3@30, runs 2@30, stopped 3@30, "
            "runs 5@30, ends 5@50, runs 3@50, ends 0@100, ends 1@100, ends 2@120, ends 3@140");
}

TEST(Preemption, OrderThatServiceChangesNeedsAMinimum) {
  EXPECT_THROW(canonical_policy("fair-share+preempt:min_runtime=0s"), InputError);
  EXPECT_NO_THROW(canonical_policy("fair-share+preempt:min_runtime=1s"));
  EXPECT_NO_THROW(canonical_policy("fair-share+preempt:by=priority:min_runtime=0s"));
}

/// Elastic from 1 to 4 devices of a node with 4, twice as fast on 4 as on 2, which it prefers.
Scenario elastic_scenario(std::vector<JobRow> rows, const Elastic& elastic = {1, 4, {}, {}}) {
  std::vector<Arrival> jobs = arrivals_of(rows);
  jobs[0].job.elastic = std::make_shared<Elastic>(elastic);
  return scenario_of(nodes(1, 4), std::move(jobs));
}

TEST(ElasticGrowth, GrowsWhenNobodyWaitsAndShrinksForOthers) {
  // Job 0 needs 100 s on 2 devices. On 4 from second 0 on it does twice the work; at 20 it goes
  // down to 2, having 60 s of work left, and at 30 up to 4 again, having 50 s left.
  EXPECT_EQ(story(elastic_scenario({{0, 100, 2}, {20, 10, 2}}), "fifo+elastic:pause=0s"),
            "runs 0@0, resize to 4 0@0, resized 0@0, resize to 2 0@20, resized 0@20, runs 1@20, "
            "ends 1@30, resize to 4 0@30, resized 0@30, ends 0@55");
}

TEST(ElasticGrowth, ShrinksBeforeAnybodyIsStopped) {
  EXPECT_EQ(
      story(elastic_scenario({{0, 100, 2, 0}, {0, 100, 1, 0}, {0, 100, 1, 0}, {20, 10, 1, 5}}),
            std::string(kByPriority) + "+elastic:pause=1h"),
      "runs 0@0, runs 1@0, runs 2@0, resize to 1 0@20, resized 0@20, runs 3@20, ends 3@30, "
      "ends 1@100, ends 2@100, ends 0@180");
}

TEST(ElasticGrowth, StartsSmallerRatherThanWait) {
  EXPECT_EQ(story(elastic_scenario({{0, 20, 2}, {0, 100, 3}}), "ljf"),
            "runs 0@0, runs 1@0, ends 0@40, ends 1@100");
}

TEST(ElasticGrowth, HasOnlySizesThatItsJobMayHave) {
  const Elastic even{2, 4, {2, 4}, {}};
  // One device is free beside both until 30, and a third is no use to job 0: it has 70 s left then.
  EXPECT_EQ(story(elastic_scenario({{0, 100, 2}, {0, 30, 1}}, even), "fifo+elastic:pause=0s"),
            "runs 0@0, runs 1@0, ends 1@30, resize to 4 0@30, resized 0@30, ends 0@65");
  // Job 1 asks for one device, job 0 can only give two.
  EXPECT_EQ(story(elastic_scenario({{0, 100, 2}, {20, 10, 1}}, even), "fifo+elastic:pause=0s"),
            "runs 0@0, resize to 4 0@0, resized 0@0, resize to 2 0@20, resized 0@20, runs 1@20, "
            "ends 1@30, resize to 4 0@30, resized 0@30, ends 0@55");
  // Job 1 has three of the four devices: job 0 cannot start on the other.
  EXPECT_EQ(story(elastic_scenario({{0, 20, 4}, {0, 100, 3}}, even), "ljf"),
            "runs 1@0, ends 1@100, runs 0@100, ends 0@120");
}

TEST(ElasticGrowth, DoesNotGrowWhereMoreDevicesAreSlower) {
  const Elastic falls{1, 4, {1, 2, 3, 4}, {{1, 100}, {2, 200}, {3, 120}, {4, 150}}};
  EXPECT_EQ(story(elastic_scenario({{0, 100, 2}}, falls), "fifo+elastic:pause=0s"),
            "runs 0@0, ends 0@100");
}

}  // namespace
}  // namespace tandem

// What a policy gets to see, and when: dependencies and limits.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/runs.h"

namespace tandem {
namespace {

/// Actions that are no starts, with their reasons: "1 hold 1: depends on 1 unfinished job; …".
class Decisions final : public Recorder {
 public:
  void begin_run(const RunHeader&) override {}
  void begin_step(Time now) override { now_ = now; }
  void event(const Event&) override {}
  void action(const Action& action) override {
    if (const auto* hold = std::get_if<Hold>(&action)) say("hold", hold->job, hold->reason);
    if (const auto* admit = std::get_if<Admit>(&action)) say("admit", admit->job, admit->reason);
    if (const auto* reject = std::get_if<Reject>(&action)) {
      say("reject", reject->job, reject->reason);
    }
  }
  const std::string& text() const { return text_; }

 private:
  void say(const char* what, JobId job, const std::string& why) {
    text_ += fmt::format("{}{} {} {}: {}", text_.empty() ? "" : "; ", to_seconds(now_), what,
                         job.value, why);
  }
  Time now_;
  std::string text_;
};

std::string decisions(const Scenario& scenario) {
  Decisions decisions;
  run(scenario, "first-fit", &decisions);
  return decisions.text();
}

std::vector<Arrival> diamond() {
  std::vector<Arrival> jobs = arrivals_of({{0, 5, 1}, {0, 10, 1}, {0, 20, 1}, {0, 5, 1}});
  jobs[1].after = {JobId{0}};
  jobs[2].after = {JobId{0}};
  jobs[3].after = {JobId{1}, JobId{2}};
  return jobs;
}

TEST(Dependencies, JobWaitsForAllItDependsOn) {
  const Scenario scenario = scenario_of(nodes(1, 4), diamond());
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 1@5 2@5 3@25");
  EXPECT_EQ(decisions(scenario),
            "0 hold 1: depends on 1 unfinished job; 0 hold 2: depends on 1 unfinished job; "
            "0 hold 3: depends on 2 unfinished jobs; 5 admit 1: j0 is done; 5 admit 2: j0 is done; "
            "25 admit 3: j2 is done");
}

TEST(Dependencies, WhatDependsOnAFailureIsRejected) {
  std::vector<Arrival> jobs = diamond();
  jobs[1].killed = true;
  EXPECT_EQ(decisions(scenario_of(nodes(1, 4), std::move(jobs))),
            "0 hold 1: depends on 1 unfinished job; 0 hold 2: depends on 1 unfinished job; "
            "0 hold 3: depends on 2 unfinished jobs; 5 admit 1: j0 is done; 5 admit 2: j0 is done; "
            "15 reject 3: depends on j1, which was not completed");
}

TEST(Dependencies, WhatDependsOnSeveralFailuresIsRejectedOnce) {
  std::vector<Arrival> jobs = diamond();
  jobs[0].killed = true;
  jobs[3].after.push_back(JobId{0});
  const Scenario scenario = scenario_of(nodes(1, 4), jobs);
  EXPECT_EQ(decisions(scenario).substr(decisions(scenario).find("5 reject")),
            "5 reject 1: depends on j0, which was not completed; "
            "5 reject 2: depends on j0, which was not completed; "
            "5 reject 3: depends on j0, which was not completed");
}

TEST(Dependencies, AgeCountsFromTheEndOfWhatAJobDependsOn) {
  // Job 2 was submitted first but only became eligible at 50; job 1 has aged since 20.
  std::vector<Arrival> jobs = arrivals_of({{0, 50, 1}, {0, 10, 1}, {20, 10, 1}});
  jobs[1].after = {JobId{0}};
  EXPECT_EQ(starts(scenario_of(nodes(1, 1), std::move(jobs)), "priority-aging:max_age=1h"),
            "0@0 2@50 1@60");
}

TEST(Limits, JobsBeyondTheLimitAreHeldInOrder) {
  std::vector<Arrival> jobs = arrivals_of({{0, 5, 1}, {0, 10, 1}, {0, 5, 1}, {0, 5, 1}});
  jobs[3].job.kind = JobKind::kEvaluate;
  Scenario scenario = scenario_of(nodes(1, 4), std::move(jobs));
  Limit limit;
  limit.name = "training";
  limit.kind = JobKind::kTrain;
  limit.running = 1;
  scenario.limits.push_back(limit);
  EXPECT_EQ(starts(scenario, "fifo"), "0@0 3@0 1@5 2@15");
  EXPECT_EQ(decisions(scenario),
            "0 hold 1: training is at its limit of 1; 0 hold 2: training is at its limit of 1; "
            "5 admit 1: training has room; 15 admit 2: training has room");
}

TEST(Limits, SubmissionsBeyondTheLimitAreRejected) {
  Scenario scenario = scenario_of(nodes(1, 4), {{0, 5, 1}, {0, 5, 1}, {1, 5, 1}, {6, 5, 1}});
  Limit limit;
  limit.name = "tenant default";
  limit.tenant = TenantId{0};
  limit.submitted = 2;
  scenario.limits.push_back(limit);
  EXPECT_EQ(decisions(scenario), "1 reject 2: tenant default has 2 jobs already, its limit is 2");
}

}  // namespace
}  // namespace tandem

// Services whose replicas come and go: scaled, preempted, lost with a node.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/check/listed_scenario.h"
#include "tests/support/service_run.h"

namespace tandem {
namespace {

void autoscale(Scenario& scenario, std::uint32_t least, std::uint32_t most, double patience_s = 0) {
  PoolSettings& pool = scenario.services[0].pool;
  pool.least = least;
  pool.most = most;
  pool.autoscale = {AutoscaleSettings::Signal::kUtilisation, 1, seconds(1), seconds(patience_s)};
  scenario.services[0].engine.max_sequences = 2;
}

TEST(ServiceScaling, ComesFromNothingAndGoesBackToIt) {
  Scenario scenario = scenario_with(1, {{.arrival_s = 2.5}, {.arrival_s = 10.2}});
  autoscale(scenario, 0, 1);
  scenario.services[0].startup = seconds(1);
  const ServiceRun run = run_services(scenario, "fifo");
  // The first request is looked at when it comes. At 4 s nobody is left: the replica goes.
  EXPECT_EQ(run.story, "chat/0 starts@2.5, chat/0 ends@4, chat/1 starts@10.2, chat/1 ends@11.3");
  EXPECT_EQ(run.ends(), "0:completed@3.51-3.6 1:completed@11.21-11.3");
}

TEST(ServiceScaling, MoreForAWaveAndFewerAfterIt) {
  // Steps of 0.1 s: each request takes a second. Two fit into a batch.
  std::vector<RequestRow> rows(6, RequestRow{.arrival_s = 0.5});
  rows.push_back({.arrival_s = 6.5});
  Scenario scenario = scenario_with(4, rows, 0.1);
  autoscale(scenario, 1, 3);
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.story,
            "chat/0 starts@0, chat/1 starts@1, chat/2 starts@1, chat/2 ends@2, chat/1 ends@3, "
            "chat/0 ends@7.5");
  EXPECT_EQ(run.count(RequestState::kCompleted), 7);
}

TEST(ServiceScaling, FirstTokensCountWhenTheyAreGivenNotWhenAnswersEnd) {
  // Both are late at 0.6 s, and have all their tokens 10 s later.
  Scenario scenario = scenario_with(2, {{0.5, 10, 100}, {0.5, 10, 100}}, 0.1);
  autoscale(scenario, 1, 2);
  scenario.services[0].pool.autoscale.signal = AutoscaleSettings::Signal::kObjective;
  scenario.services[0].objectives = {{Objective::Metric::kTtft, 99, seconds(0.05)}};
  EXPECT_TRUE(run_services(scenario, "fifo")
                  .story.starts_with("chat/0 starts@0, chat/1 starts@1, chat/1 ends@2"));
}

TEST(ServiceScaling, WhoDrainsFinishesWhatItHas) {
  // Two replicas with one long request each, at 5 s only one replica is wanted.
  Scenario scenario = scenario_with(2, {{0, 10, 100}, {0, 10, 100}, {0, 10, 20}}, 0.1);
  autoscale(scenario, 2, 2);
  scenario.services[0].pool.least = 1;
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.count(RequestState::kCompleted), 3);
  EXPECT_EQ(run.jobs.completed, 2U);
  EXPECT_EQ(run.jobs.cancelled, 0U);
}

TEST(ServiceScaling, AReplicaThatStillWaitsIsWithdrawn) {
  std::vector<RequestRow> rows(4, RequestRow{.arrival_s = 0.5});
  rows.push_back({.arrival_s = 8});
  Scenario scenario = scenario_with(1, rows, 0.1);
  autoscale(scenario, 1, 2);
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.story, "chat/0 starts@0, chat/1 withdrawn@2, chat/0 ends@9");
  EXPECT_EQ(run.jobs.cancelled, 1U);
}

TEST(ServiceScaling, LooksAtAStandstillDoNotGoOnForEver) {
  // The only node never comes back: nothing else will ever happen.
  Scenario scenario = scenario_with(1, {{.arrival_s = 1}, {.arrival_s = 2}});
  autoscale(scenario, 0, 1, 10);
  scenario.failures.outages.push_back({{0}, at_second(0.5), kForever});
  EXPECT_THROW(run_services(scenario, "fifo"), std::logic_error);
  try {
    run_services(scenario, "fifo");
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "2 requests came, 0 ended: ");
  }
}

TEST(ServiceScaling, LooksGoOnAfterAStandstill) {
  Scenario scenario = scenario_with(1, {{.arrival_s = 1}, {.arrival_s = 2}});
  autoscale(scenario, 0, 1, 10);
  scenario.failures.outages.push_back({{0}, at_second(0.5), at_second(1000.5)});
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.story, "chat/0 starts@1000.5, chat/0 ends@1000.6");
}

TEST(ServiceScaling, FailuresHappenWhileThereIsNoReplica) {
  // The node is away when the second request comes, although no gang was there to notice.
  Scenario scenario = scenario_with(1, {{.arrival_s = 1}, {.arrival_s = 50}});
  autoscale(scenario, 0, 1);
  scenario.failures.outages.push_back({{0}, at_second(40), at_second(60)});
  EXPECT_EQ(run_services(scenario, "fifo").story,
            "chat/0 starts@1, chat/0 ends@2, chat/1 starts@60, chat/1 ends@60.1");
}

TEST(ServiceScaling, AnotherReplicaInTheSamePlaceIsReadyInItsOwnTime) {
  // The second replica is dropped while it gets ready; the third, in its place, is ready at 25 s,
  // not when the second would have been, at 21 s.
  std::vector<RequestRow> rows(4, RequestRow{.arrival_s = 10.5});
  rows.insert(rows.end(), 4, RequestRow{.arrival_s = 14.5, .output = 200});
  rows.push_back({.arrival_s = 22});
  rows.push_back({.arrival_s = 25.1});
  Scenario scenario = scenario_with(2, rows, 0.1);
  autoscale(scenario, 1, 2);
  scenario.services[0].startup = seconds(10);
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_TRUE(run.story.starts_with(
      "chat/0 starts@0, chat/1 starts@11, chat/1 ends@12, chat/2 starts@15, chat/2 ends@"))
      << run.story;
  EXPECT_GT(run.record(8).first_token, at_second(30));  // Behind those of the first replica.
  EXPECT_EQ(run.record(9).first_token, at_second(25.2));
}

// Preemption by jobs of higher priority.

const char* const kPreempting = "priority-aging+preempt:min_runtime=0s";

TEST(PreemptedService, WhoHasNoTokenYetIsServedElsewhereTheOthersFail) {
  // Steps of 1 s. The urgent job comes at 2.5 s and takes the devices of one replica: request 0 or
  // 1 has had its first token by then, 2 or 3 has not.
  Scenario scenario =
      scenario_with(2, {{.arrival_s = 0}, {.arrival_s = 0}, {.arrival_s = 2.2}, {.arrival_s = 2.2}},
                    1, {{2.5, 100, 1, 10}});
  scenario.services[0].pool.least = scenario.services[0].pool.most = 2;
  const ServiceRun run = run_services(scenario, kPreempting);
  EXPECT_EQ(run.count(RequestState::kFailed), 1) << run.story << run.ends();
  EXPECT_EQ(run.count(RequestState::kCompleted), 3);
  for (const RequestRecord& record : run.records) {
    if (record.state == RequestState::kFailed) {
      EXPECT_LE(record.id.value, 1U);
      EXPECT_EQ(record.output_tokens, 2U);  // Steps ended at 1 s and 2 s.
    }
  }
}

TEST(PreemptedService, WhoeverIsLeftWaitsUntilTheReplicaIsBack) {
  Scenario scenario = scenario_with(1, {{.arrival_s = 0}, {.arrival_s = 2}}, 1, {{0.5, 5, 1, 10}});
  scenario.services[0].startup = seconds(3);
  const ServiceRun run = run_services(scenario, kPreempting);
  EXPECT_EQ(run.story,
            "chat/0 starts@0, chat/0 stops@0.5, j0 starts@0.5, j0 ends@5.5, chat/0 starts@5.5, "
            "chat/0 ends@18.5");
  EXPECT_EQ(run.ends(), "0:completed@9.5-18.5 1:completed@9.5-18.5");
}

TEST(PreemptedService, WhatStepsUnderWayHadGivenCounts) {
  // Of 10 tokens in one piece, 4 had been given when the job came.
  const Scenario scenario = scenario_with(1, {{.arrival_s = 0}}, 1, {{4.5, 5, 1, 10}});
  const ServiceRun run = run_services(scenario, kPreempting);
  EXPECT_EQ(run.record(0).state, RequestState::kFailed);
  EXPECT_EQ(run.record(0).output_tokens, 4U);
}

// Nodes that fail.

TEST(FailedNode, RequestsWaitUntilItIsNoticedAndThenGoElsewhere) {
  // Round robin: 0, 2 and 4 go to the first replica, whose node dies at 1.5 s; 3 s later that is
  // noticed. Request 0 has had a token; 2 and 4 came to the dead replica.
  Scenario scenario = scenario_with(2,
                                    {{.arrival_s = 0.2},
                                     {.arrival_s = 0.2},
                                     {.arrival_s = 2},
                                     {.arrival_s = 2},
                                     {.arrival_s = 3}},
                                    1);
  ServiceSettings& service = scenario.services[0];
  service.routing = Routing::kRoundRobin;
  service.pool.least = service.pool.most = 2;
  scenario.failures.detection = seconds(3);
  scenario.failures.outages.push_back({{0}, at_second(1.5), at_second(100)});
  const ServiceRun run = run_services(scenario, "fifo");
  // The other steps at 0.2, 1.2, 2.2 … : request 3 is in the step from 2.2, 2 and 4 from 5.2.
  EXPECT_EQ(run.ends(),
            "0:failed 1:completed@1.2-10.2 2:completed@6.2-15.2 3:completed@3.2-12.2 "
            "4:completed@6.2-15.2");
  EXPECT_EQ(run.record(0).output_tokens, 1U);
  EXPECT_EQ(run.story,
            "chat/0 starts@0, chat/1 starts@0, chat/0 stops@4.5, chat/1 ends@15.2, chat/0 "
            "withdrawn@15.2");
}

TEST(FailedNode, AReplicaDoesNotBecomeReadyOnADeadNode) {
  Scenario scenario = scenario_with(2, {{.arrival_s = 0}});
  scenario.services[0].startup = seconds(2);
  scenario.failures.detection = seconds(10);
  scenario.failures.outages.push_back({{0}, at_second(1), at_second(500)});
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.ends(), "0:completed@13.01-13.1");
}

TEST(FailedNode, AReplicaThatNeverStartedMayBeLetGo) {
  // It starts on a node that is dead already; by the time that is noticed all is done.
  Scenario scenario = scenario_with(2, {{.arrival_s = 0}, {.arrival_s = 5}});
  ServiceSettings& service = scenario.services[0];
  service.pool.least = service.pool.most = 2;
  scenario.failures.detection = seconds(100);
  scenario.failures.outages.push_back({{1}, at_second(0), at_second(500)});
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.ends(), "0:completed@0.01-0.1 1:completed@5.01-5.1");
  EXPECT_EQ(run.jobs.completed, 2U);
}

}  // namespace
}  // namespace tandem

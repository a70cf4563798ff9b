// Services through the simulated world and a scheduler: replicas come as jobs, serve, and go.
#include "sim/serving/service.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/check/listed_scenario.h"
#include "sim/child_processes.h"
#include "tests/support/service_run.h"

namespace tandem {
namespace {

TEST(Service, AReplicaIsAJobThatStartsServesAndEnds) {
  Scenario scenario = scenario_with(1, {{.arrival_s = 0}, {.arrival_s = 3}});
  scenario.services[0].startup = seconds(2);
  const ServiceRun run = run_services(scenario, "fifo");
  // Ready at 2 s. A prompt takes one step of 10 ms, each of the other 9 tokens another.
  EXPECT_EQ(run.ends(), "0:completed@2.01-2.1 1:completed@3.01-3.1");
  EXPECT_EQ(run.story, "chat/0 starts@0, chat/0 ends@3.1");
  EXPECT_EQ(run.jobs.completed, 1U);
}

TEST(Service, AReplicaReadsItsWeightsFirst) {
  // In a process of its own: there is one network in a process. 10 GB at 1 GB/s, then 2 s.
  const auto outcomes = run_children({[](const ReportProgress&) {
                                       Scenario scenario = scenario_with(1, {{.arrival_s = 0}});
                                       scenario.network = {8e9, 1, 1, 0};
                                       scenario.services[0].weights = {10'000'000'000};
                                       scenario.services[0].startup = seconds(2);
                                       const ServiceRun run = run_services(scenario, "fifo");
                                       return run.ends() + "; " + run.story;
                                     }},
                                     1, [](std::size_t, double) {});
  ASSERT_EQ(outcomes[0].error, "");
  EXPECT_EQ(*outcomes[0].result, "0:completed@12.01-12.1; chat/0 starts@0, chat/0 ends@12.1");
}

TEST(Service, WaitsForDevicesLikeAnyJob) {
  const Scenario scenario = scenario_with(1, {{.arrival_s = 0}}, 0.01, {{0, 5, 1}});
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.story, "j0 starts@0, j0 ends@5, chat/0 starts@5, chat/0 ends@5.1");
  EXPECT_EQ(run.ends(), "0:completed@5.01-5.1");
}

TEST(Service, JobsThatComeLaterKeepTheirNumbers) {
  // The replica, numbered behind all jobs, is submitted before the first of them.
  const Scenario scenario =
      scenario_with(1, {{.arrival_s = 0}, {.arrival_s = 8}}, 0.01, {{3, 5, 1}, {4, 5, 1}});
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.story,
            "chat/0 starts@0, chat/0 ends@8.1, j0 starts@8.1, j0 ends@13.1, j1 starts@13.1, j1 "
            "ends@18.1");
}

TEST(Service, OracularPoliciesTakeReplicasToo) {
  const Scenario scenario = scenario_with(1, {{.arrival_s = 0}}, 0.01, {{0, 5, 1}});
  EXPECT_EQ(run_services(scenario, "sjf:size=oracle").ends(), "0:completed@5.01-5.1");
}

TEST(Service, OnlyAnOpenLoopSendsWhateverHappens) {
  // A request that ends brings no other one forward.
  const Scenario scenario =
      scenario_with(1, {{.arrival_s = 0}, {.arrival_s = 5}, {.arrival_s = 9}});
  EXPECT_EQ(run_services(scenario, "fifo").ends(),
            "0:completed@0.01-0.1 1:completed@5.01-5.1 2:completed@9.01-9.1");
}

TEST(Service, AClosedLoopNeverHasMoreInFlight) {
  Scenario scenario =
      scenario_with(1, {{}, {}, {}, {}, {.arrival_s = 0.15}, {.arrival_s = 9}, {.arrival_s = 9}});
  scenario.services[0].max_concurrency = 2;
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.most_in_flight, 2);
  EXPECT_EQ(run.ends(),
            "0:completed@0.01-0.1 1:completed@0.01-0.1 2:completed@0.11-0.2 3:completed@0.11-0.2 "
            "4:completed@0.21-0.3 5:completed@9.01-9.1 6:completed@9.01-9.1");
  // Who was held back comes when there is room, not before.
  EXPECT_EQ(run.record(2).arrival, at_second(0.1));
  EXPECT_EQ(run.record(4).arrival, at_second(0.2));
  EXPECT_EQ(run.record(5).arrival, at_second(9));
}

TEST(Service, WhatNoCacheCanHoldIsRejected) {
  // 10,000 tokens fit; the last of an answer is never computed.
  const Scenario scenario = scenario_with(1, {{0, 9990, 11}, {1, 9990, 12}, {2, 20'000, 1}});
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.record(0).state, RequestState::kCompleted);
  EXPECT_EQ(run.record(1).state, RequestState::kRejected);
  EXPECT_EQ(run.record(2).state, RequestState::kRejected);
  EXPECT_EQ(run.record(2).cause, "it exceeds what a replica can hold");
}

TEST(Service, ItPromisesWhatItsSmallestDeviceHolds) {
  // A request must not wait for ever in a replica that happens to be on the smaller device.
  Scenario scenario = scenario_of(nodes(1, 1), std::vector<JobRow>{});
  const DeviceTypeId small = scenario.cluster.add_type("small");
  scenario.cluster.add_node("s", small, 1);
  scenario.services.push_back(service_of(scenario, requests_of({{0, 5000, 10}, {0, 500, 10}})));
  scenario.services[0].pool.on[small].kv_blocks = 100;
  scenario.services[0].pool.least = scenario.services[0].pool.most = 2;
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.record(0).state, RequestState::kRejected);
  EXPECT_EQ(run.record(1).state, RequestState::kCompleted);
}

TEST(Service, ReplicasThatNeverFitAreRejectedAndAllRequestsWithThem) {
  Scenario scenario = scenario_with(2, {{.arrival_s = 0}, {.arrival_s = 0}, {.arrival_s = 7}});
  scenario.services[0].pool.demand.devices = 3;
  scenario.services[0].pool.least = scenario.services[0].pool.most = 2;
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.count(RequestState::kRejected), 3);
  EXPECT_EQ(run.jobs.rejected, 2U);
  EXPECT_EQ(run.story, "chat/0 rejected@0, chat/1 rejected@0");
}

TEST(Service, SeveralEnginesOfAReplicaShareItsRequests) {
  Scenario scenario = scenario_with(1, {{}, {}, {}, {}, {}, {}});
  scenario.services[0].pool.engines = 3;
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.count(RequestState::kCompleted), 6);
  EXPECT_EQ(run.most_running, (std::vector<std::vector<std::int64_t>>{{2, 2, 2}}));
}

TEST(Service, TwoServicesLiveSideBySide) {
  Scenario scenario = scenario_with(2, {{.arrival_s = 0}, {.arrival_s = 1}});
  scenario.services.push_back(
      service_of(scenario, requests_of({{.arrival_s = 0.5}}), even_steps(0.1)));
  scenario.services[1].name = "code";
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.records.size(), 3U);
  EXPECT_EQ(run.story, "chat/0 starts@0, code/0 starts@0, chat/0 ends@1.1, code/0 ends@1.5");
}

// Prefill and decode apart.

Scenario split_scenario(const std::vector<RequestRow>& requests, std::uint32_t node_count = 2) {
  Scenario scenario = scenario_with(node_count, requests);
  ServiceSettings& service = scenario.services[0];
  service.prefill = service.pool;
  return scenario;
}

TEST(SplitService, FirstTokenFromOnePoolTheRestFromTheOther) {
  const ServiceRun run = run_services(split_scenario({{.arrival_s = 0}, {.arrival_s = 1}}), "fifo");
  // No network: handing over takes no time.
  EXPECT_EQ(run.ends(), "0:completed@0.01-0.1 1:completed@1.01-1.1");
  EXPECT_EQ(run.most_running, (std::vector<std::vector<std::int64_t>>{{1, 1}}));
  EXPECT_EQ(run.record(0).output_tokens, 10U);
  EXPECT_EQ(run.record(0).cached_tokens, 0U);  // Handed over is not found.
  EXPECT_EQ(run.story,
            "chat/0 starts@0, chat/prefill0 starts@0, chat/0 ends@1.1, chat/prefill0 ends@1.1");
}

TEST(SplitService, AnAnswerOfOneTokenIsNotHandedOver) {
  const ServiceRun run = run_services(split_scenario({{0, 10, 1}}), "fifo");
  EXPECT_EQ(run.ends(), "0:completed@0.01-0.01");
}

TEST(SplitService, WhoOnlyPrefillsNeedsRoomForThePromptAlone) {
  Scenario scenario = split_scenario({{0, 100, 500}, {0, 200, 500}});
  for (auto& [type, on] : scenario.services[0].prefill->on) on.kv_blocks = 10;
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.record(0).state, RequestState::kCompleted);
  EXPECT_EQ(run.record(1).state, RequestState::kRejected);
}

TEST(SplitService, EverybodyIsConserved) {
  std::vector<RequestRow> rows;
  for (std::uint32_t i = 0; i < 300; ++i) rows.push_back({i * 0.003, 5 + i % 40, 1 + i % 70});
  Scenario scenario = split_scenario(rows, 5);
  scenario.services[0].pool.least = scenario.services[0].pool.most = 2;
  scenario.services[0].prefill->least = scenario.services[0].prefill->most = 3;
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.count(RequestState::kCompleted), 300);
  for (const RequestRecord& record : run.records) {
    EXPECT_EQ(record.output_tokens, rows[record.id.value].output);
  }
}

TEST(SplitService, APoolThatNeverFitsTakesTheOtherAlong) {
  Scenario scenario = split_scenario({{}, {}, {.arrival_s = 5}});
  scenario.services[0].pool.demand.devices = 9;
  const ServiceRun run = run_services(scenario, "fifo");
  EXPECT_EQ(run.count(RequestState::kRejected), 3);
  EXPECT_EQ(run.jobs.running, 0U);
  // All requests at once, none left to bring an end later.
  scenario = split_scenario({{}, {}});
  scenario.services[0].pool.demand.devices = 9;
  const ServiceRun at_once = run_services(scenario, "fifo");
  EXPECT_EQ(at_once.count(RequestState::kRejected), 2);
  EXPECT_EQ(at_once.jobs.running, 0U);
}

}  // namespace
}  // namespace tandem

// Keys and values between replicas that prefill and replicas that go on, against what a pencil
// says. Every step of an engine takes a second, a prompt token has a megabyte, cards move 1 GB/s.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "policies/core/journal.h"
#include "policies/core/scheduler.h"
#include "policies/registry.h"
#include "sim/child_processes.h"
#include "sim/moves_between.h"
#include "sim/simulated_world.h"
#include "sim/simulation.h"
#include "tests/support/engine_run.h"
#include "tests/support/runs.h"

namespace tandem {
namespace {

class RequestList final : public RequestSource {
 public:
  explicit RequestList(std::vector<RequestArrival> requests) : requests_(std::move(requests)) {}
  bool next(RequestArrival& next) override {
    if (at_ == requests_.size()) return false;
    next = requests_[at_++];
    return true;
  }
  std::uint64_t count() const override { return requests_.size(); }

 private:
  std::vector<RequestArrival> requests_;
  std::size_t at_ = 0;
};

/// Each answered with four tokens.
struct Asked {
  double at_s = 0;
  std::uint32_t prompt_tokens = 0;
};

PoolSettings pool_of(std::uint32_t replicas, const std::shared_ptr<const StepCost>& cost) {
  PoolSettings pool;
  pool.least = pool.most = replicas;
  pool.demand.devices = 1;
  pool.on[DeviceTypeId{0}] = {.cost = cost, .kv_blocks = 10'000};
  return pool;
}

/// A service with so many replicas that give tokens, placed first, and so many that prefill.
ServiceSettings service_of(std::uint32_t replicas, const std::vector<Asked>& asked,
                           std::uint32_t prefilling = 1) {
  auto cost = std::make_shared<PlainCost>();
  cost->step_ps = 1'000'000'000'000;
  cost->prefill_token_ps = cost->pair_ps = cost->request_ps = cost->context_ps = 0;
  ServiceSettings service;
  service.name = "chat";
  service.batch_policy = "fifo";
  service.engine.batch_tokens = 8192;
  service.kv_per_token = {1'000'000};
  service.pool = pool_of(replicas, cost);
  service.prefill = pool_of(prefilling, cost);
  service.requests = [asked](std::uint64_t) {
    std::vector<RequestArrival> requests;
    for (const Asked& one : asked) {
      Request request;
      request.id = {static_cast<std::uint32_t>(requests.size())};
      request.arrival = at_second(one.at_s);
      request.prompt_tokens = one.prompt_tokens;
      request.output_limit = 4;
      requests.push_back({request, 4});
    }
    return std::make_unique<RequestList>(requests);
  };
  return service;
}

Scenario scenario_with(Cluster cluster, ServiceSettings service, std::vector<Arrival> jobs = {}) {
  Scenario scenario = scenario_of(std::move(cluster), std::move(jobs));
  scenario.network = {.nic_bits_per_s = 8e9};
  scenario.services.push_back(std::move(service));
  return scenario;
}

/// What became of requests, in the order of their ends ("0 completed 11 15": id, first and last
/// token), and the journal.
struct Served {
  std::string requests;
  std::string journal;
};

std::string run_here(const Scenario& scenario) {
  std::string journal;
  JournalWriter writer([&](std::string_view text) { journal += text; });
  Heard heard;
  simulate(
      scenario, {"fifo", 1, "test"}, writer, [](double) {}, &heard);
  writer.flush();
  std::string text;
  for (const RequestRecord& record : heard.records) {
    const char* state = record.state == RequestState::kCompleted ? "completed" : "failed";
    text += fmt::format("{} {} {} {}\n", record.id.value, state, to_seconds(record.first_token),
                        to_seconds(record.last_token));
  }
  return text + journal;
}

/// In a process of its own: there is one network in a process.
Served served(const Scenario& scenario) {
  const auto outcomes = run_children({[&](const ReportProgress&) { return run_here(scenario); }}, 1,
                                     [](std::size_t, double) {});
  EXPECT_EQ(outcomes[0].error, "");
  const std::string text = outcomes[0].result.value_or("");
  const auto journal = text.find("tandem");
  return {text.substr(0, journal), text.substr(journal)};
}

TEST(Handover, TakesItsBytesOverTheRateOfTheCard) {
  // Prompt until 11, 2 GB until 13, three steps.
  const Served found = served(scenario_with(nodes(2, 1), service_of(1, {{10, 2000}})));
  EXPECT_EQ(found.requests, "0 completed 11 16\n");
}

TEST(Handover, TwoShareACard) {
  // 1 GB and 2 GB from 11 on, both at half the rate: until 13 and, with all of it again, 14.
  const auto service = service_of(1, {{10, 1000}, {10, 2000}}, 2);
  const Served found = served(scenario_with(nodes(3, 1), service));
  EXPECT_EQ(found.requests, "0 completed 11 16\n1 completed 11 17\n");
}

TEST(Handover, AReplicaSendsOneAfterAnother) {
  // Both prompts are known at 12; 1 GB until 13, 2 GB until 15.
  const auto service = service_of(1, {{10, 1}, {10.5, 1000}, {10.5, 2000}});
  const Served found = served(scenario_with(nodes(2, 1), service));
  EXPECT_EQ(found.requests,
            "0 completed 11 14.001\n1 completed 12 16.001\n2 completed 12 18.001\n");
}

TEST(Handover, SharesTheCardWithACheckpoint) {
  // The job is on the prefilling replica's node: the other wants a node's two devices. It writes
  // 4 GB from 11 on; the 1 GB of the request go at half the rate until 13.
  auto jobs = arrivals_of({{0, 20, 1}});
  jobs[0].state = {4'000'000'000};
  ServiceSettings service = service_of(1, {{10, 1000}});
  service.pool.demand.devices = 2;
  Scenario scenario = scenario_with(nodes(2, 2), std::move(service), jobs);
  scenario.failures.checkpoint_interval = seconds(11);
  const Served found = served(scenario);
  EXPECT_EQ(found.requests, "0 completed 11 16\n");
  // A second longer than the 4 s alone.
  EXPECT_NE(found.journal.find("@ 25000000000\n+ progress 0 20000000000 5000000000\n+ finish 0\n"),
            std::string::npos)
      << found.journal;
}

TEST(Handover, OnOneNodePassesNoCard) {
  EXPECT_EQ(served(scenario_with(nodes(1, 2), service_of(1, {{10, 1000}}))).requests,
            "0 completed 11 14\n");
}

TEST(Handover, WithoutANetworkTakesNoTime) {
  Scenario scenario = scenario_with(nodes(2, 1), service_of(1, {{10, 1000}}));
  scenario.network = {};
  EXPECT_EQ(served(scenario).requests, "0 completed 11 14\n");
}

TEST(Handover, GoesElsewhereWhenItsReplicaIsLost) {
  // To the first of two replicas from 11 on. Its node dies at 11.5, noticed at 12.5: 1 GB to the
  // second until 13.5.
  Scenario scenario = scenario_with(nodes(3, 1), service_of(2, {{10, 1000}}));
  scenario.failures.outages.push_back({{0}, at_second(11.5), at_second(100)});
  scenario.failures.detection = seconds(1);
  EXPECT_EQ(served(scenario).requests, "0 completed 11 16.5\n");
}

TEST(Handover, WaitsForAReplicaThatComesBack) {
  // The only one is lost at 11.5 and back at 20.
  Scenario scenario = scenario_with(nodes(2, 1), service_of(1, {{10, 1000}}));
  scenario.failures.outages.push_back({{0}, at_second(11.5), at_second(20)});
  EXPECT_EQ(served(scenario).requests, "0 completed 11 24\n");
}

TEST(Handover, FailsWhenWhatItHadIsLost) {
  // Once on its way, once while it waits for a replica.
  for (const bool waits : {false, true}) {
    Scenario scenario = scenario_with(nodes(2, 1), service_of(1, {{10, 1000}}));
    if (waits) scenario.failures.outages.push_back({{0}, at_second(10.5), at_second(50)});
    scenario.failures.outages.push_back({{1}, at_second(11.5), at_second(50)});
    scenario.failures.detection = seconds(1);
    const Served found = served(scenario);
    EXPECT_EQ(found.requests, "0 failed 11 11\n");
    EXPECT_NE(found.journal.find("+ down 1"), std::string::npos) << found.journal;
  }
}

TEST(Handover, AReplicaThatDrainsKeepsWhatItHasUntilItHasBeenSent) {
  ServiceSettings service = service_of(1, {{10, 5000}});
  service.prefill->least = 0;
  service.prefill->autoscale = {
      .signal = AutoscaleSettings::Signal::kUtilisation, .target = 1, .interval = seconds(1)};
  const Served found = served(scenario_with(nodes(2, 1), std::move(service)));
  EXPECT_EQ(found.requests, "0 completed 11 19\n");
  EXPECT_NE(found.journal.find("@ 16000000000\n+ finish 1\n"), std::string::npos) << found.journal;
}

TEST(Handover, BringsUpAReplicaThatReadsItsWeightsFirst) {
  // The prompt is known at 11; 2 GB of weights until 13, then 1 GB from the other replica.
  ServiceSettings service = service_of(1, {{10, 1000}});
  service.weights = {2'000'000'000};
  service.pool.least = 0;
  service.pool.autoscale = {
      .signal = AutoscaleSettings::Signal::kUtilisation, .target = 1, .interval = seconds(100)};
  EXPECT_EQ(served(scenario_with(nodes(2, 1), std::move(service))).requests, "0 completed 11 17\n");
}

TEST(Handover, RequestsOnTheirWayCountForTheRouter) {
  // One replica gets 5 GB until 16, the other answers from 12 to 15; so the third goes to it.
  const auto service = service_of(2, {{10, 5000}, {10, 1000}, {14.5, 1000}}, 3);
  const Served found = served(scenario_with(nodes(5, 1), service));
  EXPECT_EQ(found.requests, "1 completed 11 15\n0 completed 11 19\n2 completed 15.5 19.5\n");
}

TEST(Handover, EqualRunsAreEqual) {
  std::vector<Asked> asked;
  for (std::uint32_t i = 0; i < 50; ++i) asked.push_back({0, 100 + i * i % 700});
  Scenario scenario = scenario_with(nodes(4, 1), service_of(3, asked));
  scenario.failures.outages.push_back({{1}, at_second(4), at_second(9)});
  const Served first = served(scenario);
  const Served second = served(scenario);
  EXPECT_EQ(first.requests, second.requests);
  EXPECT_EQ(first.journal, second.journal);
  EXPECT_EQ(std::ranges::count(first.requests, '\n'), 50);
}

std::string moves(const std::vector<NodeShare>& from, const std::vector<NodeShare>& to) {
  std::string text;
  for (const NodeMove& move : moves_between(from, to)) {
    text += fmt::format("{}>{} {} by {}, ", move.from.value, move.to.value, move.share, move.cards);
  }
  return text;
}

TEST(MovesBetween, EachRankSendsToThoseThatHaveItsPart) {
  EXPECT_EQ(moves({{{0}, 1}}, {{{1}, 1}}), "0>1 1 by 1, ");
  EXPECT_EQ(moves({{{0}, 2}}, {{{1}, 8}}), "0>1 1 by 2, ") << "no more than send";
  EXPECT_EQ(moves({{{0}, 8}}, {{{1}, 4}, {{2}, 4}}), "0>1 0.5 by 4, 0>2 0.5 by 4, ");
  EXPECT_EQ(moves({{{0}, 1}, {{1}, 3}}, {{{2}, 1}, {{3}, 1}}),
            "0>2 0.25 by 1, 1>2 0.25 by 1, 1>3 0.5 by 1, ");
}

TEST(MovesBetween, WhatStaysOnItsNodeIsNoMove) {
  EXPECT_EQ(moves({{{0}, 4}}, {{{0}, 2}}), "");
  EXPECT_EQ(moves({{{0}, 1}, {{1}, 1}}, {{{1}, 1}, {{2}, 1}}), "0>1 0.5 by 1, 1>2 0.5 by 1, ");
  EXPECT_EQ(moves({{{0}, 1}}, {{{0}, 1}, {{1}, 1}}), "0>1 0.5 by 1, ");
}

}  // namespace
}  // namespace tandem

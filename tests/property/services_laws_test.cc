// Laws of services on random clusters: what comes ends, in order of time, the same each time.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "sim/check/listed_scenario.h"
#include "tests/support/random.h"
#include "tests/support/service_run.h"

namespace tandem {
namespace {

constexpr std::uint32_t kNodes = 4;

std::vector<RequestRow> random_requests(Random& random) {
  std::vector<RequestRow> rows;
  double now = static_cast<double>(random.between(0, 20));
  const std::int64_t gap_ms = random.chance(50) ? 50 : 3000;
  const std::int64_t count = random.between(0, 120);
  for (std::int64_t i = 0; i < count; ++i) {
    if (!random.chance(30)) now += static_cast<double>(random.between(0, gap_ms)) / 1000;
    if (random.chance(2)) now += 300;
    rows.push_back({now,
                    static_cast<std::uint32_t>(random.between(1, random.chance(5) ? 3000 : 300)),
                    static_cast<std::uint32_t>(random.between(1, 200)), random.below(10)});
  }
  return rows;
}

/// A service of two pools may hold devices with one while the other waits for some: it comes to an
/// end on a cluster with room for one replica of each pool, and for one more gang, as `is_narrow`.
void draw_pool(Random& random, PoolSettings& pool, bool may_fit, bool is_narrow) {
  pool.least = static_cast<std::uint32_t>(random.between(1, is_narrow ? 1 : 2));
  pool.most = pool.least + random.below(3);
  pool.engines = static_cast<std::uint32_t>(random.between(1, 2));
  const std::int64_t devices = random.between(1, is_narrow ? 1 : 3);
  pool.demand.devices = may_fit ? static_cast<std::uint32_t>(devices) : 99;
  for (auto& [type, on] : pool.on) on.kv_blocks = random.between(20, 400);
  if (random.chance(30)) return;
  using Signal = AutoscaleSettings::Signal;
  const Signal signals[] = {Signal::kUtilisation, Signal::kQueue, Signal::kObjective};
  const Signal signal = signals[random.below(3)];
  pool.autoscale = {signal, signal == Signal::kQueue ? 2 : 0.8,
                    seconds(static_cast<double>(random.between(1, 20))),
                    seconds(static_cast<double>(random.between(0, 40)))};
  pool.least -= random.chance(50) ? pool.least : 0;
}

ServiceSettings random_service(Random& random, const Scenario& scenario, bool is_narrow) {
  PlainCost cost = even_steps(0.001 * static_cast<double>(random.between(1, 300)));
  cost.prefill_token_ps = 50'000'000;
  cost.context_ps = 65'537;
  ServiceSettings service = service_of(scenario, requests_of(random_requests(random)), cost);
  service.name = "s" + std::to_string(scenario.services.size());
  service.priority = random.between(0, 5);
  service.preemptible = random.chance(80);
  service.engine.max_sequences = random.between(1, 30);
  service.engine.batch_tokens = service.engine.max_sequences + random.between(0, 500);
  service.routing = static_cast<Routing>(random.below(5));
  service.staleness = random.chance(50) ? Duration{} : seconds(3);
  service.startup = random.chance(50) ? Duration{} : seconds(static_cast<double>(random.below(30)));
  service.objectives.push_back({Objective::Metric::kTtft, 99, seconds(2)});
  if (random.chance(30)) {
    service.max_concurrency = static_cast<std::uint32_t>(random.between(1, 10));
  }
  draw_pool(random, service.pool, !random.chance(5), is_narrow);
  if (is_narrow && random.chance(50)) {
    service.prefill = service.pool;
    draw_pool(random, *service.prefill, !random.chance(5), is_narrow);
  }
  return service;
}

Scenario random_scenario(std::uint64_t seed) {
  Random random(seed);
  std::vector<JobRow> jobs;
  double now = 0;
  const bool is_narrow = random.chance(50);
  const std::int64_t count = random.between(0, 12);
  for (std::int64_t i = 0; i < count; ++i) {
    now += static_cast<double>(random.between(0, 40));
    jobs.push_back({now, static_cast<double>(random.between(1, 60)),
                    static_cast<std::uint32_t>(random.between(1, is_narrow ? 2 : 8)),
                    random.between(0, 10)});
  }
  Scenario scenario = scenario_of(nodes(kNodes, 2), jobs);
  const std::int64_t services = random.between(1, 3);
  for (std::int64_t i = 0; i < services; ++i) {
    scenario.services.push_back(random_service(random, scenario, is_narrow));
  }
  scenario.failures.detection = random.chance(50) ? Duration{} : seconds(7);
  if (random.chance(30)) {
    scenario.failures.node_mtbf = seconds(300);
    scenario.failures.repair = seconds(20);
  }
  for (std::int64_t i = random.between(0, 3); i > 0; --i) {
    const double down = static_cast<double>(random.between(0, 100));
    scenario.failures.outages.push_back(
        {{random.below(kNodes)},
         at_second(down),
         at_second(down + static_cast<double>(random.between(1, 60)))});
  }
  std::ranges::sort(scenario.failures.outages, {}, &Outage::down);
  return scenario;
}

class ServicesUnder : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, ServicesUnder,
                         testing::Values("fifo", "easy", "conservative",
                                         "priority-aging+preempt:min_runtime=0s",
                                         "fair-share+first-fit", "sjf:size=oracle+first-fit"),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::ranges::replace_if(
                               name, [](char c) { return !std::isalnum(c); }, '_');
                           return name;
                         });

auto fields(const RequestRecord& record) {
  return std::tuple(record.service, record.id, record.state, record.arrival, record.first_token,
                    record.last_token, record.output_tokens, record.evictions);
}

// run_services() throws if a request or a job is lost, or the run does not end.
TEST_P(ServicesUnder, WhatComesEndsInOrderOfTime) {
  for (std::uint64_t seed = 1; seed <= seeds(300); ++seed) {
    SCOPED_TRACE(seed);
    const Scenario scenario = random_scenario(seed);
    const ServiceRun run = run_services(scenario, GetParam());
    std::uint64_t expected = 0;
    std::int64_t at_a_time = 0;
    for (const ServiceSettings& service : scenario.services) {
      expected += service.requests(1)->count();
      at_a_time += service.max_concurrency == 0 ? 1'000'000 : service.max_concurrency;
    }
    ASSERT_EQ(run.arrived, expected);
    ASSERT_LE(run.most_in_flight, at_a_time);
    ASSERT_EQ(run.jobs.running + run.jobs.queued, 0U);
    for (const RequestRecord& record : run.records) {
      if (record.state != RequestState::kCompleted) continue;
      ASSERT_GT(record.first_token, record.arrival);
      ASSERT_GE(record.last_token, record.first_token);
      ASSERT_EQ(record.last_token > record.first_token, record.output_tokens > 1);
    }
  }
}

TEST_P(ServicesUnder, EqualRunsHaveEqualRecords) {
  for (std::uint64_t seed = 1; seed <= seeds(40); ++seed) {
    SCOPED_TRACE(seed);
    const Scenario scenario = random_scenario(seed);
    const ServiceRun one = run_services(scenario, GetParam());
    const ServiceRun other = run_services(scenario, GetParam());
    ASSERT_EQ(one.story, other.story);
    ASSERT_TRUE(std::ranges::equal(one.records, other.records, {}, fields, fields));
  }
}

}  // namespace
}  // namespace tandem

#include "reports/service_metrics.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "reports/service_json.h"
#include "tests/unit/reports/told_requests.h"

namespace tandem {
namespace {

constexpr std::int64_t kMillisecond = 1'000'000'000;  // In picoseconds.

/// Request 0 has gaps of 20 ms, request 2 of 46 ms. An engine with 100 blocks works from 1 to 3 s,
/// three requests wait for a replica until 1.5 s.
ServiceResult told_result() {
  ServiceMetrics metrics({told_service()}, two_tenants());
  metrics.load({0}, ServiceRecorder::kFront, at_ms(1000), {.waiting = 3});
  metrics.load({0}, 0, at_ms(1000), {.waiting = 1, .running = 1, .blocks_held = 20, .blocks = 100});
  metrics.gave_tokens({0}, {1, 10, 20 * kMillisecond, 0});
  metrics.load({0}, ServiceRecorder::kFront, at_ms(1500), {});
  metrics.load({0}, 0, at_ms(2000), {.waiting = 0, .running = 2, .blocks_held = 40, .blocks = 100});
  metrics.gave_tokens({0}, {2, 10, 46 * kMillisecond, 0});
  tell_requests(metrics);
  metrics.load({0}, 0, at_ms(3000), {});
  return metrics.result().at(0);
}

void expect_near(const std::optional<Percentiles>& values, const Percentiles& expected,
                 double relative = 1e-6) {
  ASSERT_TRUE(values);
  EXPECT_NEAR(values->mean, expected.mean, relative * expected.mean);
  EXPECT_NEAR(values->p50, expected.p50, relative * expected.p50);
  EXPECT_NEAR(values->p90, expected.p90, relative * expected.p90);
  EXPECT_NEAR(values->p95, expected.p95, relative * expected.p95);
  EXPECT_NEAR(values->p99, expected.p99, relative * expected.p99);
  EXPECT_NEAR(values->max, expected.max, relative * expected.max);
}

TEST(ServiceMetricsTest, Latencies) {
  const ServiceResult result = told_result();
  // 50, 80 and 200 ms; the 90th percentile is at place 1.8 of 0 to 2.
  expect_near(result.latencies.ttft_ms, {110, 80, 176, 188, 197.6, 200});
  // 200 ms over 10 tokens, 920 over 20; an answer of one token has none.
  expect_near(result.latencies.tpot_ms, {33, 33, 43.4, 44.7, 45.74, 46});
  expect_near(result.latencies.e2e_ms, {1450.0 / 3, 250, 850, 925, 985, 1000});
  // 10 gaps of 20 ms, 20 of 46.
  expect_near(result.itl_ms, {1120.0 / 30, 46, 46, 46, 46, 46}, 1e-3);
}

TEST(ServiceMetricsTest, RatesAreOfTheTimeFromTheFirstArrivalToTheLastEnd) {
  const ServiceResult result = told_result();
  EXPECT_EQ(result.requests,
            (JobCounts{.submitted = 5, .completed = 3, .failed = 1, .rejected = 1}));
  EXPECT_DOUBLE_EQ(*result.throughput_rps, 1.5);
  EXPECT_DOUBLE_EQ(*result.prompt_tokens_per_s, 250);
  EXPECT_DOUBLE_EQ(*result.output_tokens_per_s, 16.5);
  EXPECT_DOUBLE_EQ(*result.prefix_hit_rate, 0.1);
  EXPECT_EQ(result.preemptions, 3U);
}

TEST(ServiceMetricsTest, Objectives) {
  const ServiceResult result = told_result();
  // Request 0 alone meets all; 1 is late with its first token, 2 with the others.
  EXPECT_DOUBLE_EQ(*result.attainment, 1.0 / 3);
  EXPECT_DOUBLE_EQ(*result.goodput_rps, 0.5);
  ASSERT_EQ(result.objectives.size(), 4U);
  EXPECT_NEAR(*result.objectives[0].value_ms, 80, 1e-4);
  EXPECT_TRUE(result.objectives[0].is_met);
  EXPECT_NEAR(*result.objectives[1].value_ms, 43.4, 1e-4);
  EXPECT_FALSE(result.objectives[1].is_met);
  EXPECT_NEAR(*result.objectives[2].value_ms, 46, 46e-3);
  EXPECT_FALSE(result.objectives[2].is_met);
  EXPECT_NEAR(*result.objectives[3].value_ms, 1000, 1e-3);
  EXPECT_TRUE(result.objectives[3].is_met);
}

TEST(ServiceMetricsTest, TenantsAndClasses) {
  const ServiceResult result = told_result();
  ASSERT_EQ(result.tenants.size(), 2U);
  EXPECT_EQ(result.tenants[0].name, "ann");
  EXPECT_EQ(result.tenants[0].requests, (JobCounts{.submitted = 3, .completed = 2, .failed = 1}));
  EXPECT_DOUBLE_EQ(*result.tenants[0].attainment, 0.5);
  EXPECT_NEAR(result.tenants[0].latencies.ttft_ms->mean, 65, 1e-4);
  EXPECT_EQ(result.tenants[1].requests, (JobCounts{.submitted = 2, .completed = 1, .rejected = 1}));
  EXPECT_EQ(*result.tenants[1].attainment, 0);
  EXPECT_FALSE(result.tenants[1].latencies.tpot_ms);
  // The most urgent class first.
  ASSERT_EQ(result.classes.size(), 2U);
  EXPECT_EQ(result.classes[0].name, "5");
  EXPECT_EQ(result.classes[0].requests, (JobCounts{.submitted = 2, .completed = 1, .failed = 1}));
  EXPECT_EQ(result.classes[1].name, "0");
  EXPECT_NEAR(result.classes[1].latencies.e2e_ms->mean, 625, 1e-3);
}

TEST(ServiceMetricsTest, Levels) {
  const ServiceResult result = told_result();
  // 3 at the front for half a second and 1 in the engine for one, over 2 s.
  EXPECT_DOUBLE_EQ(result.queue_length.mean, 1.25);
  EXPECT_EQ(result.queue_length.max, 4);
  EXPECT_DOUBLE_EQ(result.running.mean, 1.5);
  EXPECT_EQ(result.running.max, 2);
  // From 20 to 40 blocks evenly in the first second, 40 in the other, of 100.
  EXPECT_DOUBLE_EQ(result.kv_utilization.mean, 0.35);
  EXPECT_DOUBLE_EQ(result.kv_utilization.max, 0.4);
  EXPECT_EQ(result.series_step_s, 1);
  EXPECT_EQ(result.queue_length_series, (std::vector<double>{0, 2.5, 0}));
}

TEST(ServiceMetricsTest, WithoutRequestsThereAreNoFigures) {
  ServiceMetrics metrics({told_service()}, two_tenants());
  const ServiceResult result = metrics.result().at(0);
  EXPECT_FALSE(result.latencies.ttft_ms || result.itl_ms || result.attainment ||
               result.throughput_rps || result.prefix_hit_rate);
  EXPECT_FALSE(result.objectives.at(0).is_met);
  EXPECT_EQ(result.kv_utilization.mean, 0);
}

TEST(ServiceMetricsTest, ALostRequestIsAnError) {
  ServiceMetrics metrics({told_service()}, two_tenants());
  metrics.arrived({0}, {});
  EXPECT_THROW(metrics.result(), std::logic_error);
}

TEST(ServiceJson, IsReadAsItWasWritten) {
  ServiceMetrics unused({told_service()}, two_tenants());
  ServiceResult silent = unused.result().at(0);
  silent.name = "silent";
  silent.objectives.clear();
  silent.band_low = silent.band_high = std::nullopt;
  const std::vector<ServiceResult> services{told_result(), silent};
  const Json json = Json::parse(write(services).dump());
  ASSERT_EQ(json.size(), 2U);
  EXPECT_EQ(read_service("chat", json.at("chat")), services[0]);
  EXPECT_EQ(read_service("silent", json.at("silent")), services[1]);
  EXPECT_EQ(json.at("chat").at("objectives").at(1).at("limit_ms"), 20);
  EXPECT_TRUE(json.at("silent").at("ttft_ms").is_null());
}

}  // namespace
}  // namespace tandem

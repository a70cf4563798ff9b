// How far simulations are off, by hand.
#include "reports/validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

RunResult run(const std::string& policy, double jct, double makespan) {
  RunResult result;
  result.policy = policy;
  result.jct_s = Percentiles{jct, jct, jct, jct, jct, jct};
  result.makespan_s = makespan;
  return result;
}

const Prediction& of(const PolicyValidation& policy, const std::string& metric) {
  for (const Prediction& prediction : policy.predictions) {
    if (prediction.metric == metric) return prediction;
  }
  throw std::out_of_range(metric);
}

TEST(Validation, ErrorIsOfTheMeans) {
  const std::vector<Twin> twins = {{run("fifo", 90, 200), run("fifo", 105, 210)},
                                   {run("fifo", 110, 240), run("fifo", 105, 210)}};
  const Validation validation = validate(twins);
  ASSERT_EQ(validation.policies.size(), 1U);
  const Prediction& jct = of(validation.policies[0], "jct_s_mean");
  EXPECT_DOUBLE_EQ(jct.real, 100);
  EXPECT_DOUBLE_EQ(jct.simulated, 105);
  EXPECT_NEAR(jct.error(), 0.05, 1e-12);
  EXPECT_DOUBLE_EQ(*jct.spread, 0.1);  // 90 to 110 around 100.
}

TEST(Validation, OneRunHasNoSpread) {
  const std::vector<Twin> twins = {{run("fifo", 90, 200), run("fifo", 100, 200)}};
  EXPECT_FALSE(of(validate(twins).policies[0], "jct_s_mean").spread);
}

TEST(Validation, OnlyPoliciesThatReallyDifferAreRanked) {
  const std::vector<Twin> twins = {
      {run("fifo", 100, 1), run("fifo", 100, 1)},
      {run("fifo", 110, 1), run("fifo", 100, 1)},
      {run("sjf", 50, 1), run("sjf", 60, 1)},    // Separated from fifo, and simulated so.
      {run("las", 105, 1), run("las", 200, 1)},  // Within fifo's runs: no order to be found.
  };
  const Validation validation = validate(twins);
  EXPECT_EQ(validation.separated, 2U);  // sjf before fifo, sjf before las.
  EXPECT_EQ(validation.alike, 2U);
}

TEST(Validation, AWrongOrderIsCounted) {
  const std::vector<Twin> twins = {{run("fifo", 100, 1), run("fifo", 100, 1)},
                                   {run("sjf", 50, 1), run("sjf", 120, 1)}};
  EXPECT_EQ(validate(twins).separated, 1U);
  EXPECT_EQ(validate(twins).alike, 0U);
}

TEST(Validation, TheAnswerComesFirst) {
  const std::vector<Twin> twins = {{run("fifo", 100, 50), run("fifo", 103, 49)}};
  EXPECT_THAT(
      validation_text(validate(twins)),
      testing::StartsWith("The simulated mean JCT is at most 3.0 % off, the makespan 2.0 %.\n"
                          "\nfifo (1 real run)\n"));
}

RunResult served(double ttft_ms, double e2e_ms) {
  RunResult result = run("fifo", 10, 10);
  ServiceResult& service = result.services.emplace_back();
  service.name = "chat";
  service.latencies.ttft_ms = Percentiles{.mean = ttft_ms};
  service.latencies.e2e_ms = Percentiles{.mean = e2e_ms};
  return result;
}

TEST(Validation, ServicesAreComparedByWhatTheirUsersWait) {
  const std::vector<Twin> twins = {{served(20, 400), served(22, 380), false}};
  const Validation validation = validate(twins);
  const Prediction& ttft = of(validation.policies[0], "chat.ttft_s_mean");
  EXPECT_DOUBLE_EQ(ttft.real, 0.020);
  EXPECT_DOUBLE_EQ(ttft.simulated, 0.022);
  EXPECT_THAT(validation_text(validation),
              testing::StartsWith(
                  "The simulated mean E2E latency is at most 5.0 % off, the mean TTFT 10.0 %.\n"));
  for (const Prediction& prediction : validation.policies[0].predictions) {
    EXPECT_TRUE(prediction.metric.starts_with("chat.")) << "replicas are nobody's jobs";
  }
}

}  // namespace
}  // namespace tandem

// A step of an engine that was measured, by hand.
#include "workloads/perf/serving/measured_cost.h"

#include <gtest/gtest.h>

#include "tests/unit/perf/serving/toy.h"

namespace tandem {
namespace {

MeasuredEngine engine() {
  MeasuredEngine engine;
  engine.tokens = {{1, 1e-3}, {101, 3e-3}};
  engine.sampled = {{1, 100e-6}, {11, 300e-6}};
  engine.context = {{1, 1e-6}, {9, 5e-6}};
  engine.pairs = {{10, 20e-9}, {110, 10e-9}};
  engine.after_pause = {{51, 700e-6}};
  engine.band_low = 0.9;
  engine.band_high = 1.2;
  return engine;
}

TEST(MeasuredCost, IsASumOfCurves) {
  const MeasuredCost cost(engine(), "calibrate");
  BatchShape shape = prefill_shape(48);  // Pairs: 48 * 49 / 2 = 1,176.
  shape.decode_requests = 3;
  shape.decode_context = 1000;
  shape.sampled = 4;
  // 51 tokens: 2 ms. 4 are given a token: 160 us. Pairs in a chunk of 48: 16.2 ns each, 19.0512 us.
  // Three decode: 2 us for each token that one of them looks back at, 2 ms.
  EXPECT_DOUBLE_EQ(microseconds(cost, shape), 2000 + 160 + 19.0512 + 2000);
  EXPECT_EQ(cost.line(shape).slope_ps, 2'000'000);
  EXPECT_EQ(cost.after_pause_ps(shape), 700'000'000);
}

TEST(MeasuredCost, WhoGetsNoTokenCostsNoLogits) {
  BatchShape chunk;
  chunk.prefill_tokens = 1;
  chunk.prefill_requests = 1;
  EXPECT_DOUBLE_EQ(microseconds(MeasuredCost(engine(), "calibrate"), chunk), 1000);
}

TEST(MeasuredCost, SaysHowFarToTrustIt) {
  const CostAccount account = MeasuredCost(engine(), "calibrate").account();
  EXPECT_EQ(account.decode.low, 0.9);
  EXPECT_EQ(account.prefill.high, 1.2);
  ASSERT_EQ(account.numbers.size(), 3U);
  EXPECT_EQ(account.numbers[1].name, "step of 101 tokens");
  EXPECT_EQ(account.numbers[1].value, 3e-3);
  EXPECT_EQ(account.numbers[2].value, 700e-6);
}

}  // namespace
}  // namespace tandem

// The roofline by hand, and how its parts and its line agree.

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/perf/serving/toy.h"
#include "workloads/perf/serving/roofline_cost.h"

namespace tandem {
namespace {

constexpr std::int64_t kAlways = std::numeric_limits<std::int64_t>::max();

TEST(Roofline, ProductByHand) {
  // One row, 128 columns, 64 deep. 2 * 64 * 128 = 16384 operations, 1.6384e-8 s at the peak;
  // (1.6384e-8 + sqrt(0.64e-6 * 1.6384e-8)) / 0.5 = 2.3756e-7 s. 2 * (64 + 128 + 64 * 128) =
  // 16768 bytes at 5e9 B/s: 3.3536e-6 s. 4e-6 + sqrt(2.3756e-7^2 + 3.3536e-6^2) = 7.3620e-6.
  EXPECT_NEAR(product_seconds({1e12, 0.5, 5e9, 2, 2}, 1, 128, 64), 7.3620e-6, 1e-10);
  // Weights of half a byte: 2 * 192 + 4096 = 4480 bytes, 8.96e-7 s.
  EXPECT_NEAR(product_seconds({1e12, 0.5, 5e9, 0.5, 2}, 1, 128, 64), 4e-6 + 9.2696e-7, 1e-10);
}

TEST(Roofline, DecodeAttentionReadsKeysAndValues) {
  const Toy toy;
  const RooflineCost cost(toy.model, toy.machine, {}, kNoEngine);
  // 2 layers * (4 us + 1000 tokens * 2 * 32 numbers * 2 B / 5e9 B/s = 25.6 us).
  EXPECT_NEAR(cost.parts(decode_shape(4, 1000)).decode_attention, 2 * (4e-6 + 25.6e-6), 1e-12);
  const StepLine line = cost.line(decode_shape(4, 1000));
  EXPECT_EQ(line.slope_ps, 2 * 25600);
  EXPECT_EQ(line.holds_below, kAlways);
}

TEST(Roofline, PrefillAttentionCountsPairs) {
  const Toy toy;
  const RooflineCost cost(toy.model, toy.machine, {}, kNoEngine);
  BatchShape shape = prefill_shape(2000);
  // 4 * 2001000 pairs * 64 wide / 5e11 = 1.0245 ms a layer.
  EXPECT_NEAR(cost.parts(shape).prefill_attention, 2 * (4e-6 + 1.024512e-3), 1e-9);
  // One token behind 2,047 known ones: reading them is longer. 2048.5 * 64 * 2 / 5e9.
  shape = {1, 2048, 1, 0, 0, 1};
  EXPECT_NEAR(cost.parts(shape).prefill_attention, 2 * (4e-6 + 5.24416e-5), 1e-9);
}

TEST(Roofline, TensorParallelRanksReduceTwiceALayer) {
  const Toy toy;
  ServingLayout layout;
  layout.tensor = 2;
  const RooflineCost cost(toy.model, toy.machine, layout, kNoEngine);
  // 4 times: 1e-5 + 2 * 1e-6 + 10 tokens * 128 B / 1e9, as a ring.
  EXPECT_NEAR(cost.parts(decode_shape(10, 10)).all_reduces, 4 * (1.2e-5 + 1.28e-6), 1e-12);
}

TEST(Roofline, OwnAllReduceOnlyWhereItIsFasterAndThroughNvlink) {
  Toy toy;
  ServingLayout layout;
  layout.tensor = 2;
  EngineProfile engine;
  engine.all_reduce_latency = 2e-6;
  engine.all_reduce_bytes_per_s = 1e8;
  const auto reduces = [&](std::int64_t tokens) {
    return EngineWires(toy.model, toy.machine, layout, engine)
        .all_reduces(static_cast<double>(tokens));
  };
  EXPECT_NEAR(reduces(1), 4 * (1.2e-5 + 1.28e-7), 1e-12);
  toy.device.link_bytes_per_s = 2e9;
  EXPECT_NEAR(reduces(1), 4 * (2e-6 + 1.28e-6), 1e-12);
  EXPECT_NEAR(reduces(1000), 4 * (1.2e-5 + 1.28e-4), 1e-12);
}

TEST(Roofline, StagesSendAndTakeAsLongInAll) {
  const Toy toy;
  ServingLayout layout;
  layout.pipeline = 2;
  const RooflineCost one(toy.model, toy.machine, {}, kNoEngine);
  const RooflineCost two(toy.model, toy.machine, layout, kNoEngine);
  const StepParts parts = two.parts(decode_shape(10, 10));
  EXPECT_NEAR(parts.sends, 1.1e-5 + 1.28e-6, 1e-12);
  EXPECT_DOUBLE_EQ(parts.device(), one.parts(decode_shape(10, 10)).device());
}

TEST(Roofline, ExpertsTouched) {
  EXPECT_DOUBLE_EQ(experts_touched(8, 2, 1), 2);
  EXPECT_DOUBLE_EQ(experts_touched(8, 2, 2), 8 * (1 - 0.75 * 0.75));
  EXPECT_NEAR(experts_touched(128, 8, 10000), 128, 1e-9);
}

TEST(Roofline, MixtureReadsTheExpertsThatTokensTouch) {
  const Catalog& catalog = built_in_catalog();
  const Machine machine = usual_machine(catalog, catalog.device("h100-sxm"));
  const RooflineCost cost(catalog.model("mixtral-8x7b"), machine, {}, engine_profile("modern"));
  const double one = cost.parts(decode_shape(1, 1)).matrices;
  const double many = cost.parts(decode_shape(32, 32)).matrices;
  // 2 of 8 experts: 12.9 B parameters read, without embedding and logits, at 0.85 * 3.35 TB/s.
  EXPECT_NEAR(one, 12.62e9 * 2 / (0.85 * 3.35e12), 0.15 * one);
  EXPECT_NEAR(many, 46.44e9 * 2 / (0.85 * 3.35e12), 0.15 * many);
}

TEST(Roofline, PartsAddUpToTheLine) {
  const Catalog& catalog = built_in_catalog();
  const Machine machine = usual_machine(catalog, catalog.device("a100-sxm-80g"));
  ServingLayout layout;
  layout.tensor = 4;
  for (const EngineProfile& engine : engine_profiles()) {
    const RooflineCost cost(catalog.model("llama-2-70b"), machine, layout, engine);
    BatchShape mixed = prefill_shape(300);
    mixed.decode_requests = 40;
    mixed.decode_context = 60000;
    for (const BatchShape& shape : {decode_shape(1, 100), decode_shape(200, 400000),
                                    prefill_shape(2048), mixed, BatchShape{}}) {
      EXPECT_NEAR(microseconds(cost, shape), cost.parts(shape).total() * 1e6, 1) << engine.name;
    }
  }
}

TEST(Roofline, HostHoldsUntilTheDeviceTakesLonger) {
  const Catalog& catalog = built_in_catalog();
  const Machine machine = usual_machine(catalog, catalog.device("a100-sxm-80g"));
  ServingLayout layout;
  layout.tensor = 4;
  const RooflineCost cost(catalog.model("llama-2-70b"), machine, layout,
                          engine_profile("vllm-2023"));
  const StepLine level = cost.line(decode_shape(16, 16));
  ASSERT_EQ(level.slope_ps, 0);
  ASSERT_LT(level.holds_below, kAlways);
  const StepLine rising = cost.line(decode_shape(16, level.holds_below));
  EXPECT_GT(rising.slope_ps, 0);
  EXPECT_GT(rising.at(level.holds_below), level.at_zero_ps);
  EXPECT_LE(rising.at(level.holds_below - 1), level.at_zero_ps);
}

TEST(Roofline, MoreWorkTakesLonger) {
  const Catalog& catalog = built_in_catalog();
  const Machine machine = usual_machine(catalog, catalog.device("h100-sxm"));
  for (const char* model : {"llama-3.1-8b", "mixtral-8x7b", "qwen2-57b-a14b", "bloom-176b"}) {
    const RooflineCost cost(catalog.model(model), machine, {}, engine_profile("modern"));
    double last = 0;
    for (std::int64_t tokens = 1; tokens <= 8192; tokens *= 2) {
      const double time = microseconds(cost, prefill_shape(tokens));
      EXPECT_GT(time, last) << model << ", " << tokens;
      last = time;
    }
    EXPECT_LT(microseconds(cost, decode_shape(8, 8000)), microseconds(cost, decode_shape(9, 8000)));
  }
}

TEST(EngineProfile, UnknownNameHasANearestOne) {
  EXPECT_THROW(engine_profile("moderm"), std::runtime_error);
  try {
    engine_profile("moderm");
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "there is no engine 'moderm' (did you mean 'modern'?)");
  }
}

}  // namespace
}  // namespace tandem

// How layers become a step: pipelines, data parallelism, sums.
#include "workloads/perf/step_time.h"

#include <gtest/gtest.h>

#include "workloads/perf/constants.h"

namespace tandem {
namespace {

Machine machine_of(const char* device) {
  return usual_machine(built_in_catalog(), built_in_catalog().device(device));
}

double layers_of(const StepTime& time) {
  return time.forward.total() + time.backward.total() + time.recompute.total();
}

Layout pipeline(std::int64_t p, std::int64_t v, std::int64_t batch) {
  Layout layout;
  layout.tensor = 8;
  layout.pipeline = p;
  layout.interleave = v;
  layout.batch = batch;
  return layout;
}

TEST(StepTime, OneDeviceAddsUp) {
  const Architecture& model = built_in_catalog().model("gpt2-xl");
  const Machine machine = machine_of("a100-sxm-80g");
  Layout layout;
  layout.sequence = 1024;
  layout.batch = 8;
  layout.micro_batch = 4;
  const StepTime time = step_time(model, machine, layout);
  const LayerTime layer = layer_time(model, machine, layout);
  EXPECT_DOUBLE_EQ(time.forward.total(), 2 * 48 * layer.forward.total());
  EXPECT_DOUBLE_EQ(time.backward.total(), 2 * 48 * layer.backward.total());
  EXPECT_EQ(time.bubble, 0);
  EXPECT_EQ(time.transfers, 0);
  EXPECT_EQ(time.data, 0);
  EXPECT_DOUBLE_EQ(time.seconds(), layers_of(time) + time.head + time.optimizer + kStepSeconds);
  EXPECT_DOUBLE_EQ(time.tokens_per_s(), 8 * 1024 / time.seconds());
  EXPECT_DOUBLE_EQ(time.mfu(),
                   8 * 1024 * training_flops_per_token(model, 1024) / 312e12 / time.seconds());
}

TEST(StepTime, BubbleIsAFractionOfTheIdealTime) {
  // (p-1)/(v m): 7/64 with 8 stages and 64 micro-batches, a third of that in three pieces.
  const Architecture& model = built_in_catalog().model("korthikanti-175b");
  const Machine machine = machine_of("a100-sxm-80g");
  const StepTime plain = step_time(model, machine, pipeline(8, 1, 64));
  EXPECT_NEAR(plain.bubble / (layers_of(plain) + plain.transfers), 7.0 / 64, 1e-12);
  const StepTime pieces = step_time(model, machine, pipeline(8, 3, 64));
  EXPECT_NEAR(pieces.bubble / (layers_of(pieces) + pieces.transfers), 7.0 / (3 * 64), 1e-12);
  EXPECT_DOUBLE_EQ(pieces.transfers, 3 * plain.transfers);
}

TEST(StepTime, ShorterEndsMakeRoomForTheLoss) {
  // 126 layers over 16 stages: 8 in the middle, 7 and the loss at the end; the middle is slower.
  const Architecture& model = built_in_catalog().model("llama-3.1-405b");
  const Machine machine = machine_of("h100-sxm");
  const StepTime time = step_time(model, machine, pipeline(16, 1, 32));
  EXPECT_EQ(time.head, 0);
  EXPECT_DOUBLE_EQ(time.forward.total(),
                   32 * 8 * layer_time(model, machine, pipeline(16, 1, 32)).forward.total());
}

TEST(StepTime, GradientsAreReducedOnceAStep) {
  const Architecture& model = built_in_catalog().model("llama-3-8b");
  const Machine machine = machine_of("h100-sxm");
  Layout layout;
  layout.data = 16;
  layout.batch = 64;
  const RankParameters mine = rank_parameters(model, layout, 0);
  StepTime time = step_time(model, machine, layout);
  EXPECT_DOUBLE_EQ(time.data_whole, all_reduce(machine.route(16, 1), 4 * mine.dense));
  EXPECT_GE(time.data, kOverlapCost * time.data_whole);
  EXPECT_LT(time.data, time.data_whole);
  layout.overlap_data = false;
  time = step_time(model, machine, layout);
  EXPECT_EQ(time.data, time.data_whole);
  layout.batch = 128;
  EXPECT_EQ(step_time(model, machine, layout).data, time.data_whole);
}

TEST(StepTime, Zero3MovesHalfAsMuchAgainAsAllReduce) {
  // Two gathers and a scatter of 2 bytes against two halves (Rajbhandari et al. 2020, section 7).
  const Architecture& model = built_in_catalog().model("llama-2-70b");
  const Machine machine = machine_of("a100-sxm-80g");
  Layout layout;
  layout.data = layout.batch = 64;
  layout.gradient_bytes = 2;
  const double plain = step_time(model, machine, layout).data_whole;
  layout.zero = 3;
  EXPECT_NEAR(step_time(model, machine, layout).data_whole / plain, 1.5, 0.05);
}

TEST(StepTime, ShardedWeightsAreGatheredForEveryMicroBatch) {
  const Architecture& model = built_in_catalog().model("llama-3-8b");
  Layout layout;
  layout.data = 8;
  layout.zero = 3;
  layout.batch = 8;
  const double once = step_time(model, machine_of("h100-sxm"), layout).data_whole;
  layout.batch = 32;
  EXPECT_DOUBLE_EQ(step_time(model, machine_of("h100-sxm"), layout).data_whole, 4 * once);
}

TEST(StepTime, OversubscriptionSlowsWhatLeavesTheNode) {
  const Architecture& model = built_in_catalog().model("llama-3-8b");
  Machine machine = machine_of("h100-sxm");
  Layout layout;
  layout.data = layout.batch = 64;
  const StepTime before = step_time(model, machine, layout);
  machine.oversubscription = 4;
  const StepTime after = step_time(model, machine, layout);
  EXPECT_GT(after.data_whole, 3.5 * before.data_whole);
  EXPECT_EQ(after.forward.total(), before.forward.total());
}

TEST(StepTime, CountsWhatLeavesTheNode) {
  const Architecture& model = built_in_catalog().model("llama-3-8b");
  const Machine machine = machine_of("h100-sxm");
  Layout layout;
  layout.data = layout.batch = 8;
  EXPECT_EQ(step_time(model, machine, layout).network_bytes, 0);
  // A ring through eight nodes: 2 * 63/64 of 4 N bytes, an eighth through each device's card.
  layout.data = layout.batch = 64;
  const double n = rank_parameters(model, layout, 0).dense;
  EXPECT_NEAR(step_time(model, machine, layout).network_bytes, 2 * 63.0 / 64 * 4 * n / 8, 1);
  // Two stages of eight devices: 4096 activations of 2048 tokens there and back, split by eight.
  const Layout stages = pipeline(2, 1, 16);
  EXPECT_NEAR(step_time(model, machine, stages).network_bytes, 2 * 16 * 2048.0 * 4096 * 2 / 8, 1);
}

TEST(StepTime, OptimizerReadsItsShard) {
  const Architecture& model = built_in_catalog().model("llama-3-8b");
  const Machine machine = machine_of("h100-sxm");
  Layout layout;
  layout.data = layout.batch = 8;
  const double whole = step_time(model, machine, layout).optimizer;
  EXPECT_NEAR(whole, 54 * 8.030e9 / (0.75 * 3.35e12), 1e-3);
  layout.zero = 1;
  EXPECT_NEAR(step_time(model, machine, layout).optimizer, whole / 8, 1e-5);
}

TEST(StepTime, BandIsTheDevices) {
  const StepTime time = step_time(built_in_catalog().model("gpt2"), machine_of("v100-sxm-32g"), [] {
    Layout layout;
    layout.precision = Precision::kFp16;
    layout.sequence = 1024;
    return layout;
  }());
  EXPECT_LE(time.band_low, 0.7);
  EXPECT_GE(time.band_high, 1.4);
}

}  // namespace
}  // namespace tandem

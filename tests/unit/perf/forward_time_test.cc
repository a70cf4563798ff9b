// Evaluations: the forward part of a training step, and the memory that it takes.
#include <gtest/gtest.h>

#include "workloads/perf/constants.h"
#include "workloads/perf/memory.h"
#include "workloads/perf/step_time.h"

namespace tandem {
namespace {

const Architecture& llama() { return built_in_catalog().model("llama-3-8b"); }
Machine h100() { return usual_machine(built_in_catalog(), built_in_catalog().device("h100-sxm")); }

TEST(ForwardTime, OneDeviceAddsUp) {
  Layout layout;
  layout.batch = 8;
  layout.micro_batch = 4;
  const StepTime whole = step_time(llama(), h100(), layout);
  const StepTime time = forward_time(llama(), h100(), layout);
  const LayerTime head = head_time(llama(), h100(), layout);
  EXPECT_DOUBLE_EQ(time.forward.total(), whole.forward.total());
  EXPECT_EQ(time.backward.total() + time.recompute.total() + time.optimizer + time.data, 0);
  EXPECT_DOUBLE_EQ(time.head, 2 * head.forward.total() + embedding_time(llama(), h100(), layout));
  EXPECT_DOUBLE_EQ(time.seconds(), time.forward.total() + time.head + kStepSeconds);
  EXPECT_DOUBLE_EQ(time.model_flops, whole.model_flops / 3);
}

TEST(ForwardTime, SendsForwardOnly) {
  Layout layout;
  layout.pipeline = 4;
  layout.tensor = 8;
  layout.batch = 16;
  layout.recompute = Recompute::kFull;  // There is nothing to do again.
  const StepTime whole = step_time(llama(), h100(), layout);
  const StepTime time = forward_time(llama(), h100(), layout);
  EXPECT_DOUBLE_EQ(time.transfers, whole.transfers / 2);
  EXPECT_DOUBLE_EQ(time.network_bytes, whole.network_bytes / 2);
  EXPECT_NEAR(time.bubble / (time.forward.total() + time.transfers), 3.0 / 16, 1e-12);
}

TEST(ForwardTime, SumsNothingOverDataRanks) {
  Layout layout;
  layout.data = 16;
  layout.batch = 16;
  EXPECT_EQ(forward_time(llama(), h100(), layout).data_whole, 0);
  EXPECT_EQ(forward_time(llama(), h100(), layout).network_bytes, 0);
  layout.zero = 3;
  layout.gradient_bytes = 2;
  // Sharded weights are gathered once; a training step gathers twice and scatters as much again.
  const double whole = step_time(llama(), h100(), layout).data_whole;
  EXPECT_NEAR(forward_time(llama(), h100(), layout).data_whole, whole / 3, whole * 1e-6);
}

TEST(ForwardMemory, IsWeightsAndWhatIsWorkedOn) {
  Layout layout;
  layout.sequence = 2048;
  const MemoryUse use = forward_memory_use(llama(), h100(), layout);
  EXPECT_NEAR(use.weights, 2 * 8'030'261'248.0, 1e5) << "but for the last norm";
  EXPECT_EQ(use.gradients + use.optimizer, 0);
  EXPECT_EQ(use.activations, 2 * 2048 * 4096.0);
  EXPECT_EQ(use.workspace, 6 * 2048 * 128'256.0) << "the logits are more than any layer";
  EXPECT_TRUE(use.fits());
  EXPECT_FALSE(memory_use(llama(), h100(), layout).fits()) << "with an optimizer it would not";
}

TEST(ForwardMemory, IsSharded) {
  Layout layout;
  layout.data = layout.batch = 8;
  const double whole = forward_memory_use(llama(), h100(), layout).weights;
  layout.zero = 3;
  EXPECT_DOUBLE_EQ(forward_memory_use(llama(), h100(), layout).weights, whole / 8);
}

}  // namespace
}  // namespace tandem

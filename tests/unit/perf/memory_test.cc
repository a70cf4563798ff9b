// Bytes on a device, against the formulas of the papers.
#include "workloads/perf/memory.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

const Architecture& model_22b() { return built_in_catalog().model("korthikanti-22b"); }

Machine a100() {
  return usual_machine(built_in_catalog(), built_in_catalog().device("a100-sxm-80g"));
}

TEST(Activations, AreKorthikantis) {
  // s b h (10 + 24/t + 5 a s / (h t)); s 2048, b 4, h 6144, a 64.
  const double sbh = 2048.0 * 4 * 6144;
  const double scores = 5.0 * 64 * 2048 / 6144;
  Layout layout;
  layout.micro_batch = layout.batch = 4;
  layout.flash_attention = false;
  EXPECT_DOUBLE_EQ(layer_activations(model_22b(), layout), sbh * (34 + scores));
  layout.tensor = 8;
  EXPECT_NEAR(layer_activations(model_22b(), layout), sbh * (10 + 24.0 / 8 + scores / 8), 1);
  layout.sequence_parallel = true;
  EXPECT_NEAR(layer_activations(model_22b(), layout), sbh / 8 * (34 + scores), 1);
  layout.recompute = Recompute::kSelective;
  EXPECT_NEAR(layer_activations(model_22b(), layout), sbh * 34 / 8, 1);
  layout.recompute = Recompute::kFull;
  EXPECT_NEAR(layer_activations(model_22b(), layout), 2 * sbh / 8, 1);
}

TEST(Activations, FlashAttentionKeepsNoScores) {
  Layout layout;
  layout.flash_attention = true;
  EXPECT_DOUBLE_EQ(layer_activations(model_22b(), layout), 34.0 * 2048 * 6144);
}

TEST(Activations, SelectiveKeepsWhatProductsAndAttentionGive) {
  // Llama 3 8B: inputs of the norms 4 h; queries and result 4 h; keys and values 4 * 1024; gate and
  // up 4 * 14336.
  Layout layout;
  layout.recompute = Recompute::kSelective;
  EXPECT_DOUBLE_EQ(layer_activations(built_in_catalog().model("llama-3-8b"), layout),
                   2048.0 * (8 * 4096 + 4 * 1024 + 4 * 14336));
}

TEST(MemoryUse, IsHeldAgainstWhatProgramsFindOnADevice) {
  const Architecture& model = built_in_catalog().model("llama-3-8b");
  EXPECT_EQ(memory_use(model, a100(), Layout{}).capacity,
            static_cast<double>(a100().device->usable_memory->count));
  DeviceType unknown = *a100().device;
  unknown.usable_memory.reset();
  Machine machine = a100();
  machine.device = &unknown;
  EXPECT_EQ(memory_use(model, machine, Layout{}).capacity, 80e9);
}

TEST(MemoryUse, AsTorchtitanMeasured) {
  // torchtitan, December 2024, tables 1 and 3: Llama 3.1 8B, FSDP over 8 and 128 devices, two
  // sequences of 8k, selective recomputation: 77.0 and 62.0 GiB reserved.
  const Architecture& model = built_in_catalog().model("llama-3.1-8b");
  Layout layout;
  layout.sequence = 8192;
  layout.micro_batch = 2;
  layout.zero = 3;
  layout.recompute = Recompute::kSelective;
  constexpr double kGibibyte = 1024.0 * 1024 * 1024;
  for (const auto& [devices, measured] : {std::pair{8, 77.0}, std::pair{128, 62.0}}) {
    layout.data = devices;
    layout.batch = 2 * devices;
    const double ours = memory_use(model, a100(), layout).total() / kGibibyte;
    EXPECT_NEAR(ours / measured, 1, 0.07) << devices;
  }
}

TEST(Activations, OfGatedBlocksAndFewKeys) {
  // Llama 3 8B: norms 8 h; queries and result 4 h; keys and values 4 * 1024; gate, up, product
  // 6 * 14336; no dropout.
  Layout layout;
  EXPECT_DOUBLE_EQ(layer_activations(built_in_catalog().model("llama-3-8b"), layout),
                   2048.0 * (12 * 4096 + 4 * 1024 + 6 * 14336));
}

TEST(ModelState, IsZeRos) {
  // 2 gradient bytes: 16 N; 4N + 12N/d; 2N + 14N/d; 16N/d.
  const Architecture& model = built_in_catalog().model("llama-2-7b");
  // All but the last norm, which no rank is asked for.
  const double n = static_cast<double>(parameters(model) - model.hidden);
  Layout layout;
  layout.gradient_bytes = 2;
  const auto states = [&] {
    const MemoryUse use = memory_use(model, a100(), layout);
    return use.weights + use.gradients + use.optimizer;
  };
  EXPECT_DOUBLE_EQ(states(), 16 * n);
  layout.data = layout.batch = 8;
  layout.zero = 1;
  EXPECT_DOUBLE_EQ(states(), 4 * n + 12 * n / 8);
  layout.zero = 2;
  EXPECT_DOUBLE_EQ(states(), 2 * n + 14 * n / 8);
  layout.zero = 3;
  EXPECT_DOUBLE_EQ(states(), 16 * n / 8);
  layout.gradient_bytes = 4;
  EXPECT_DOUBLE_EQ(states(), 16 * n / 8);
  layout.zero = 0;
  EXPECT_DOUBLE_EQ(states(), 18 * n);
}

TEST(ModelState, ExpertsAreShardedOverTheirCopies) {
  const Architecture& model = built_in_catalog().model("mixtral-8x7b");
  Layout layout;
  layout.data = layout.batch = 8;
  layout.expert = 8;
  const RankParameters mine = rank_parameters(model, layout, 0);
  EXPECT_DOUBLE_EQ(mine.experts, 32.0 * static_cast<double>(expert_parameters(model)));
  layout.zero = 1;
  // Each expert has one copy, so nothing of its optimizer can be sharded.
  EXPECT_DOUBLE_EQ(memory_use(model, a100(), layout).optimizer,
                   12 * (mine.dense / 8 + mine.experts));
}

TEST(MemoryUse, FirstStageHoldsMostMicroBatches) {
  const Architecture& model = built_in_catalog().model("korthikanti-175b");
  Layout layout;
  layout.tensor = 8;
  layout.pipeline = 8;
  layout.batch = 64;
  layout.sequence_parallel = true;
  layout.recompute = Recompute::kSelective;
  layout.flash_attention = false;
  // 12 layers of 8 micro-batches; with interleaving 1 + 7/(8*3) times as much.
  const double plain = memory_use(model, a100(), layout).activations;
  EXPECT_DOUBLE_EQ(plain, 12 * 8 * layer_activations(model, layout));
  layout.interleave = 3;
  EXPECT_DOUBLE_EQ(memory_use(model, a100(), layout).activations, plain * (1 + 7.0 / 24));
  EXPECT_EQ(memory_use(model, a100(), layout).stage, 0);
}

TEST(MemoryUse, FewMicroBatchesAreAllInFlight) {
  const Architecture& model = built_in_catalog().model("korthikanti-175b");
  Layout layout;
  layout.tensor = 8;
  layout.pipeline = 8;
  layout.batch = 2;
  EXPECT_DOUBLE_EQ(memory_use(model, a100(), layout).activations,
                   12 * 2 * layer_activations(model, layout));
}

TEST(MemoryUse, TooMuchDoesNotFit) {
  const Architecture& model = built_in_catalog().model("llama-2-70b");
  EXPECT_FALSE(memory_use(model, a100(), Layout{}).fits());
  EXPECT_GT(memory_use(model, a100(), Layout{}).total(), 18 * 68e9);
}

}  // namespace
}  // namespace tandem

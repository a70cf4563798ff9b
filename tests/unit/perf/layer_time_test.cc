// One layer on one device, against figures worked out by hand and measured ones.
#include "workloads/perf/layer_time.h"

#include <gtest/gtest.h>

#include "workloads/perf/constants.h"

namespace tandem {
namespace {

Machine machine_of(const char* device) {
  return usual_machine(built_in_catalog(), built_in_catalog().device(device));
}

TEST(GemmTime, StartFillAndWork) {
  // 8192^3 on an A100: 2 * 8192^3 / 312e12 = 3.52407 ms at the peak, and sqrt(0.64 us * 3.52407 ms)
  // = 47.49 us to fill it; 76 % sustained.
  const DeviceType& a100 = built_in_catalog().device("a100-sxm-80g");
  EXPECT_NEAR(gemm_time(a100, Precision::kBf16, 8192, 8192, 8192),
              4e-6 + (3.52407e-3 + 4.749e-5) / 0.76, 1e-8);
}

TEST(GemmTime, SmallProductsAreLessEfficient) {
  const DeviceType& a100 = built_in_catalog().device("a100-sxm-80g");
  const auto efficiency = [&](double n) {
    return 2 * n * n * n / 312e12 / gemm_time(a100, Precision::kBf16, n, n, n);
  };
  EXPECT_LT(efficiency(256), 0.2);
  EXPECT_LT(efficiency(256), efficiency(1024));
  EXPECT_LT(efficiency(1024), efficiency(4096));
  EXPECT_LT(efficiency(16384), 0.76);
}

TEST(GemmTime, ThinProductsAreBoundByMemory) {
  // 1 x 8192 x 8192 on an L4: 134 MB at 75 % of 300 GB/s.
  const DeviceType& l4 = built_in_catalog().device("l4");
  EXPECT_NEAR(gemm_time(l4, Precision::kBf16, 1, 8192, 8192),
              4e-6 + 2 * (8192.0 * 8192 + 2 * 8192) / (0.75 * 300e9), 1e-9);
}

TEST(MemoryTime, BandwidthAndHalfAStart) {
  const DeviceType& a100 = built_in_catalog().device("a100-sxm-80g");
  EXPECT_NEAR(memory_time(a100, 1e9), 2e-6 + 1e9 / (0.75 * 2.039e12), 1e-12);
}

Layout layer_of_22b() {
  Layout layout;
  layout.tensor = 8;
  layout.micro_batch = layout.batch = 4;
  layout.flash_attention = false;
  return layout;
}

LayerTime time_of_22b(const Layout& layout) {
  return layer_time(built_in_catalog().model("korthikanti-22b"), machine_of("a100-sxm-80g"),
                    layout);
}

TEST(LayerTime, KorthikantiTable4) {
  // Milliseconds measured for one layer of the 22B model: tensor parallel 7.7 forward and 11.9
  // backward; with sequence parallelism 7.2 and 11.8; selective recomputation adds 1.3.
  Layout layout = layer_of_22b();
  const LayerTime tensor = time_of_22b(layout);
  EXPECT_NEAR(tensor.forward.total() * 1e3, 7.7, 0.1 * 7.7);
  EXPECT_NEAR(tensor.backward.total() * 1e3, 11.9, 0.1 * 11.9);
  layout.sequence_parallel = true;
  const LayerTime sequence = time_of_22b(layout);
  EXPECT_NEAR(sequence.forward.total() * 1e3, 7.2, 0.1 * 7.2);
  EXPECT_NEAR(sequence.backward.total() * 1e3, 11.8, 0.1 * 11.8);
  layout.recompute = Recompute::kSelective;
  EXPECT_NEAR(time_of_22b(layout).recompute.total() * 1e3, 1.3, 0.2 * 1.3);
}

TEST(LayerTime, FullRecomputationIsTheForwardPassAgain) {
  Layout layout = layer_of_22b();
  layout.recompute = Recompute::kFull;
  const LayerTime time = time_of_22b(layout);
  EXPECT_EQ(time.recompute.total(), time.forward.total());
}

TEST(LayerTime, FlashAttentionIsFasterThanScoresInMemory) {
  Layout layout = layer_of_22b();
  const double unfused = time_of_22b(layout).forward.attention;
  layout.flash_attention = true;
  EXPECT_LT(time_of_22b(layout).forward.attention, unfused);
}

TEST(LayerTime, SelectiveWithFusedAttentionDoesNormsAndActivationAgain) {
  Layout layout = layer_of_22b();
  layout.flash_attention = true;
  layout.recompute = Recompute::kSelective;
  const LayerTime time = time_of_22b(layout);
  // Two norms of 2 e n h bytes, the activation of 2 e n f / t, at 75 % of the bandwidth.
  const double n = 2048.0 * 4;
  const double bytes = 2 * 4 * n * 6144 + 4 * n * 4 * 6144 / 8;
  EXPECT_NEAR(time.recompute.total(), bytes / (0.75 * 2.039e12), 3 * 2e-6 + 1e-9);
  EXPECT_EQ(time.recompute.total(), time.recompute.pointwise);
}

TEST(LayerTime, FlashAttentionByHand) {
  // Llama 2 7B, one sequence of 4096: 2 * 2 * 32 * 4096^2 * 128 operations, half of them masked, at
  // 50 % of 312e12; backward 2.5 times as many at 40 %.
  Layout layout;
  layout.sequence = 4096;
  const LayerTime time =
      layer_time(built_in_catalog().model("llama-2-7b"), machine_of("a100-sxm-80g"), layout);
  const double operations = 2.0 * 32 * 4096 * 4096 * 128;
  EXPECT_NEAR(time.forward.attention, 4e-6 + operations / (0.5 * 312e12), 1e-9);
  EXPECT_NEAR(time.backward.attention, 4e-6 + 2.5 * operations / (0.4 * 312e12), 1e-9);
}

TEST(LayerTime, TensorParallelismSendsTwoAllReducesEachWay) {
  // 100.66 MB (8192 tokens, hidden 6144, 2 bytes) twice; backward beside other work at 40 %.
  Layout layout = layer_of_22b();
  const LayerTime time = time_of_22b(layout);
  const double once = all_reduce(machine_of("a100-sxm-80g").route(8, 1), 8192.0 * 6144 * 2);
  EXPECT_DOUBLE_EQ(time.forward.communication, 2 * once);
  EXPECT_DOUBLE_EQ(time.backward.communication, 2 * kOverlapCost * once);
  layout.overlap_tensor = false;
  EXPECT_DOUBLE_EQ(time_of_22b(layout).backward.communication, 2 * once);
}

TEST(LayerTime, TinyLayersWaitForTheHost) {
  Layout layout;
  layout.sequence = 16;
  const LayerTime time =
      layer_time(built_in_catalog().model("gpt2"), machine_of("h100-sxm"), layout);
  EXPECT_GT(time.forward.host, 0);
  EXPECT_NEAR(time.forward.total(), kKernelsPerLayer * kLaunchSeconds, 1e-12);
}

TEST(LayerTime, EagerKernelsPassMemoryTwice) {
  Layout layout;
  layout.sequence = 4096;
  const Architecture& model = built_in_catalog().model("llama-2-7b");
  const double fused = layer_time(model, machine_of("h100-sxm"), layout).forward.pointwise;
  layout.fused_kernels = false;
  EXPECT_DOUBLE_EQ(layer_time(model, machine_of("h100-sxm"), layout).forward.pointwise, 2 * fused);
}

TEST(LayerTime, ExpertsCostTheirActiveShareAndTheExchange) {
  Layout layout;
  layout.sequence = 4096;
  layout.data = 8;
  const Architecture& mixtral = built_in_catalog().model("mixtral-8x7b");
  const Architecture& mistral = built_in_catalog().model("mistral-7b");
  const Machine machine = machine_of("h100-sxm");
  const LayerTime alone = layer_time(mixtral, machine, layout);
  EXPECT_EQ(alone.forward.communication, 0);
  layout.expert = 8;
  const LayerTime spread = layer_time(mixtral, machine, layout);
  // Two all-to-alls of 4096 tokens, two experts each, 4096 wide in 2 bytes.
  EXPECT_DOUBLE_EQ(spread.forward.communication,
                   2 * all_to_all(machine.route(8, 1), 4096.0 * 2 * 4096 * 2));
  // Two experts of the size of Mistral's block: between its work and twice that.
  const double dense = layer_time(mistral, machine, layout).forward.gemm;
  EXPECT_GT(spread.forward.gemm, dense);
  EXPECT_LT(spread.forward.gemm, 2 * dense);
}

}  // namespace
}  // namespace tandem

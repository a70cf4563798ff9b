// Blocks of keys and values, counted by hand.

#include "workloads/perf/serving/kv_memory.h"

#include <gtest/gtest.h>

#include "tests/unit/perf/serving/toy.h"

namespace tandem {
namespace {

TEST(KvMemory, Llama7bOnAnA100ByHand) {
  const Catalog& catalog = built_in_catalog();
  const KvMemory memory =
      kv_memory(catalog.model("llama-2-7b"), catalog.device("a100-sxm-80g"), {}, {});
  EXPECT_DOUBLE_EQ(memory.usable, 0.9 * 84'975'927'951.0);  // 79.14 GiB, as PyTorch reports it.
  EXPECT_DOUBLE_EQ(memory.weights, 2 * (6'738'415'616.0 - 4096));  // But the last norm.
  // 8192 tokens * 2 B * (2 * 4096 + 3 * 11008), and 256 rows of logits of 6 B.
  EXPECT_DOUBLE_EQ(memory.activations, 675'282'944.0 + 49'152'000.0);
  EXPECT_DOUBLE_EQ(memory.runtime, 2e9);
  EXPECT_DOUBLE_EQ(memory.block, 16 * 524'288.0);
  EXPECT_EQ(memory.blocks, 7185);  // 60,277,132,… / 8,388,608 = 7185.7.
  EXPECT_EQ(memory.tokens(), 114'960);
  EXPECT_EQ(memory.sequences(4096), 28);
  EXPECT_EQ(kv_obstacle(memory, 4096), "");
}

TEST(KvMemory, RanksShareKeyHeadsUntilThereIsOneEach) {
  const Catalog& catalog = built_in_catalog();
  const Architecture& model = catalog.model("llama-3.1-70b");
  const auto block = [&](std::int64_t tensor, double bytes) {
    ServingLayout layout;
    layout.tensor = tensor;
    layout.kv_bytes = bytes;
    return kv_memory(model, catalog.device("h100-sxm"), layout, {}).block;
  };
  EXPECT_DOUBLE_EQ(block(1, 2), 16 * 327'680.0);
  EXPECT_DOUBLE_EQ(block(8, 2), 16 * 327'680.0 / 8);
  EXPECT_DOUBLE_EQ(block(16, 2), block(8, 2));
  EXPECT_DOUBLE_EQ(block(8, 1), block(8, 2) / 2);
}

TEST(KvMemory, StageWithLeastRoomCounts) {
  const Catalog& catalog = built_in_catalog();
  ServingLayout layout;
  layout.pipeline = 4;
  const KvMemory memory =
      kv_memory(catalog.model("llama-3.1-70b"), catalog.device("h100-sxm"), layout, {});
  EXPECT_EQ(memory.stage, 3);  // It has as many weights as the first, and the logits.
  EXPECT_DOUBLE_EQ(memory.block, 16 * 327'680.0 / 4);
}

TEST(KvMemory, QuantizedWeightsLeaveTheVocabularyAlone) {
  const Catalog& catalog = built_in_catalog();
  ServingLayout layout;
  layout.weight_bytes = 0.5;
  const KvMemory memory = kv_memory(catalog.model("llama-2-7b"), catalog.device("l4"), layout, {});
  const double vocabulary = 2 * 32000.0 * 4096;
  EXPECT_DOUBLE_EQ(memory.weights, 2 * vocabulary + 0.5 * (6'738'415'616.0 - 4096 - vocabulary));
}

TEST(KvMemory, SaysWhatDoesNotFit) {
  const Catalog& catalog = built_in_catalog();
  const Architecture& model = catalog.model("llama-2-7b");
  KvSettings settings;
  KvMemory memory = kv_memory(model, catalog.device("t4"), {}, settings);
  EXPECT_EQ(kv_obstacle(memory, 100),
            "16.2 GB of weights, activations and runtime on a device that may use 14.3 GB");
  settings.utilization = 0.2;
  memory = kv_memory(model, catalog.device("a100-sxm-80g"), {}, settings);
  EXPECT_EQ(kv_obstacle(memory, 4096),
            "room for 1504 tokens of keys and values, but one sequence of 4096 tokens needs 256 "
            "blocks of 16");
}

}  // namespace
}  // namespace tandem

// Which layouts are possible, and over which wires their groups talk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "workloads/perf/machine.h"

namespace tandem {
namespace {

using testing::HasSubstr;

Machine a100() {
  return usual_machine(built_in_catalog(), built_in_catalog().device("a100-sxm-80g"));
}

std::string why(const char* model, const Layout& layout) {
  return obstacle(built_in_catalog().model(model), a100(), layout);
}

TEST(Layout, SaysWhatDoesNotDivide) {
  Layout layout;
  layout.tensor = 3;
  EXPECT_EQ(why("llama-3-8b", layout), "heads 32 cannot be divided by --tp 3");
  layout.tensor = 1;
  layout.pipeline = 5;
  EXPECT_THAT(why("llama-3-8b", layout), HasSubstr("layers 32 cannot be divided by"));
  layout.pipeline = 4;
  layout.data = 2;
  layout.batch = 3;
  EXPECT_EQ(why("llama-3-8b", layout), "--batch 3 cannot be divided by --dp times --micro-batch 2");
  layout.batch = 12;
  EXPECT_EQ(why("llama-3-8b", layout), "");
  layout.interleave = 2;
  EXPECT_EQ(why("llama-3-8b", layout), "--interleave: 6 micro-batches cannot be divided by --pp 4");
  layout.batch = 16;
  EXPECT_EQ(why("llama-3-8b", layout), "");
}

TEST(Layout, SaysWhatMakesNoSense) {
  Layout layout;
  layout.interleave = 2;
  EXPECT_EQ(why("llama-3-8b", layout), "--interleave needs --pp above 1");
  layout = Layout{};
  layout.sequence_parallel = true;
  EXPECT_EQ(why("llama-3-8b", layout), "--sequence-parallel needs --tp above 1");
  layout = Layout{};
  layout.sequence = 4096;
  EXPECT_EQ(why("gpt2", layout), "--seq 4096 is longer than the context of gpt2, 1024");
  layout = Layout{};
  layout.expert = 2;
  EXPECT_EQ(why("llama-3-8b", layout), "--ep 2: llama-3-8b has no experts");
  EXPECT_EQ(why("mixtral-8x7b", layout), "--dp 1 cannot be divided by --ep 2");
  layout = Layout{};
  layout.precision = Precision::kFp8;
  EXPECT_THAT(why("llama-3-8b", layout), HasSubstr("no peak of a100-sxm-80g"));
}

TEST(Layout, KeysMayBeCopiedOverMoreRanksThanThereAre) {
  Layout layout;
  layout.tensor = 8;
  EXPECT_EQ(why("qwen3-30b-a3b", layout), "");  // Four heads for keys and values.
}

TEST(Layout, EndsMayBeALayerShorter) {
  // Llama 3.1 405B has 126 layers for 16 stages.
  const Architecture& model = built_in_catalog().model("llama-3.1-405b");
  Layout layout;
  layout.pipeline = 16;
  EXPECT_EQ(obstacle(model, a100(), layout), "");
  EXPECT_TRUE(ends_are_shorter(model, layout));
  EXPECT_EQ(layers_per_stage(model, layout), 8);
  layout.pipeline = 6;
  EXPECT_FALSE(ends_are_shorter(model, layout));
  EXPECT_EQ(layers_per_stage(model, layout), 21);
}

TEST(Machine, GroupsStayInsideANodeWhereTheyCan) {
  const Machine machine = a100();
  EXPECT_EQ(machine.route(8, 1).nodes(), 1);    // Tensor parallel over a node.
  EXPECT_EQ(machine.route(4, 8).nodes(), 4);    // Data parallel beside it: one rank of each node.
  EXPECT_EQ(machine.route(16, 2).per_node, 4);  // Half of the ranks of a node are members.
  EXPECT_EQ(machine.route(16, 2).nodes(), 4);
}

TEST(Machine, CardsAreSharedAndTheCoreMayBeOversubscribed) {
  Machine machine = a100();
  EXPECT_DOUBLE_EQ(machine.route(16, 8).between.bytes_per_s, 25e9 * 0.8);
  machine.nics_per_node = 4;
  EXPECT_DOUBLE_EQ(machine.route(16, 8).between.bytes_per_s, 12.5e9 * 0.8);
  machine.oversubscription = 4;
  EXPECT_DOUBLE_EQ(machine.route(16, 8).between.bytes_per_s, 3.125e9 * 0.8);
  EXPECT_DOUBLE_EQ(machine.route(16, 8).inside.bytes_per_s, 300e9 * 0.6333);
}

TEST(Machine, StagesOfOneNodeAreNeighbours) {
  const Machine machine = a100();
  EXPECT_DOUBLE_EQ(machine.neighbour(2, 4).bytes_per_s, 300e9 * 0.6333);
  EXPECT_DOUBLE_EQ(machine.neighbour(8, 4).bytes_per_s, 20e9);
}

TEST(Machine, NeedsAUsualNode) {
  EXPECT_THAT(error_of([] {
                usual_machine(built_in_catalog(), built_in_catalog().device("cpu-epyc-9654"));
              }),
              HasSubstr("no usual node of 'cpu-epyc-9654'"));
}

}  // namespace
}  // namespace tandem

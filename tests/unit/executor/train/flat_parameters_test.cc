#include "executor/train/flat_parameters.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include "tests/unit/executor/train/small_models.h"

namespace tandem {
namespace {

FlatParameters begun(const Architecture& model, const ModelSlice& slice, std::uint64_t seed = 1) {
  FlatParameters parameters(slots_of(model, slice), Precision::kFp32, 1, at::Device("cpu"));
  begin_weights(seed, slice, parameters);
  return parameters;
}

ModelSlice tensor_slice(const Architecture& model, int rank, int size) {
  ModelSlice slice = ModelSlice::whole(model);
  slice.tensor_rank = rank;
  slice.tensor_size = size;
  return slice;
}

class EveryFamilysSlots : public testing::TestWithParam<Architecture> {};
INSTANTIATE_TEST_SUITE_P(Families, EveryFamilysSlots, testing::Values(small_gpt2(), small_llama()),
                         [](const auto& family) {
                           return family.param.norm == Norm::kLayer ? "Gpt2" : "Llama";
                         });

TEST_P(EveryFamilysSlots, HoldWhatTheArchitectureCounts) {
  std::int64_t numbers = 0;
  std::int64_t end = 0;
  for (const Slot& slot : slots_of(GetParam(), ModelSlice::whole(GetParam()))) {
    EXPECT_GE(slot.offset, end) << slot.name;
    EXPECT_EQ(slot.decays, slot.shape.size() == 2) << slot.name;
    end = slot.offset + slot.numbers();
    numbers += slot.numbers();
  }
  EXPECT_EQ(numbers, parameters(GetParam()));
}

TEST_P(EveryFamilysSlots, DivideOverRanks) {
  for (const std::int64_t shards : {1, 3, 8}) {
    const FlatParameters parameters(slots_of(GetParam(), ModelSlice::whole(GetParam())),
                                    Precision::kFp32, shards, at::Device("cpu"));
    EXPECT_EQ(parameters.numbers() % (32 * shards), 0);
  }
}

TEST_P(EveryFamilysSlots, CutsMakeTheWholeAgain) {
  for (const Slot& slot : slots_of(GetParam(), tensor_slice(GetParam(), 0, 2))) {
    std::int64_t numbers = 1;
    for (const std::int64_t size : slot.whole_shape) numbers *= size;
    const at::Tensor whole = at::arange(numbers, at::kFloat).view(slot.whole_shape);
    at::Tensor again = at::empty(slot.whole_shape, at::kFloat);
    for (int rank = 0; rank < 2; ++rank) {
      const at::Tensor piece = cut(whole, slot, rank, 2);
      EXPECT_EQ(piece.sizes().vec(), slot.shape) << slot.name;
      put_back(piece, slot, rank, 2, again);
    }
    EXPECT_TRUE(at::equal(again, whole)) << slot.name;
  }
}

TEST_P(EveryFamilysSlots, AnyLayoutBeginsWithTheSameWeights) {
  const FlatParameters whole = begun(GetParam(), ModelSlice::whole(GetParam()));
  for (int rank = 0; rank < 2; ++rank) {
    ModelSlice slice = tensor_slice(GetParam(), rank, 2);
    slice.first_layer = 1;
    slice.has_embedding = false;
    const FlatParameters part = begun(GetParam(), slice);
    for (const Slot& slot : part.slots()) {
      EXPECT_TRUE(at::equal(part.parameter(slot.name).master,
                            cut(whole.parameter(slot.name).master, slot, rank, 2)))
          << slot.name;
    }
  }
}

TEST(FlatParameters, AFusedMatrixIsCutInEachOfItsParts) {
  const Architecture model = small_gpt2();
  const auto slots = slots_of(model, tensor_slice(model, 1, 2));
  const auto fused = std::ranges::find(slots, "transformer.h.0.attn.c_attn.bias", &Slot::name);
  const at::Tensor mine = cut(at::arange(36, at::kFloat), *fused, 1, 2);
  // Of queries 0 to 11, keys 12 to 23 and values 24 to 35, the second half each.
  std::vector<float> numbers(mine.data_ptr<float>(), mine.data_ptr<float>() + mine.numel());
  EXPECT_EQ(numbers, (std::vector<float>{6, 7, 8, 9, 10, 11, 18, 19, 20, 21, 22, 23, 30, 31, 32, 33,
                                         34, 35}));
}

TEST(FlatParameters, FirstWeightsAreThoseOfGpt2) {
  Architecture model = small_gpt2();
  model.hidden = 120;
  model.head_size = 60;
  model.layers = 8;
  const FlatParameters parameters = begun(model, ModelSlice::whole(model));
  const auto deviation = [&](const char* name) {
    return parameters.parameter(name).master.std().item().toDouble();
  };
  EXPECT_NEAR(deviation("transformer.h.0.attn.c_attn.weight"), 0.02, 0.0005);
  EXPECT_NEAR(deviation("transformer.h.0.attn.c_proj.weight"), 0.02 / 4, 0.0002);
  EXPECT_NEAR(deviation("transformer.h.7.mlp.c_proj.weight"), 0.02 / 4, 0.0004);
  EXPECT_EQ(parameters.parameter("transformer.h.0.ln_1.weight").master.sum().item().toDouble(),
            120);
  EXPECT_EQ(deviation("transformer.h.0.ln_1.bias"), 0);
  EXPECT_FALSE(at::equal(parameters.parameter("transformer.h.0.mlp.c_fc.weight").master,
                         parameters.parameter("transformer.h.1.mlp.c_fc.weight").master));
}

TEST(FlatParameters, PartsThatAreUsedTogetherFollowEachOther) {
  const Architecture model = small_llama();
  const FlatParameters parameters = begun(model, ModelSlice::whole(model));
  const at::Tensor qkv = parameters.joined("model.layers.1.self_attn.q_proj.weight", 3).value;
  EXPECT_EQ(qkv.sizes().vec(), (std::vector<std::int64_t>{32, 12}));
  EXPECT_TRUE(at::equal(qkv.narrow(0, 24, 8),
                        parameters.parameter("model.layers.1.self_attn.v_proj.weight").value));
}

}  // namespace
}  // namespace tandem

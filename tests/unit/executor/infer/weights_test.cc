// Where weights come from: every form gives the same model, and what cannot be read or computed is
// named.

#include "executor/infer/weights.h"

#include <ATen/ops/empty.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "executor/tensors/safetensors.h"
#include "executor/train/checkpoint.h"
#include "executor/train/hugging_face.h"
#include "executor/train/hugging_face_config.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/executor/infer/served_models.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

PagedModelOptions options() {
  PagedModelOptions options;
  options.memory_bytes = 1 << 20;
  return options;
}

/// What a model says behind a text, of all tokens.
std::vector<double> said_by(PagedModel& model) {
  const auto text = random_text(1, 20, model.vocabulary());
  const std::vector<BlockNumber> blocks{3, 1};
  const Sampling wish = all_logprobs(model.vocabulary());
  return by_token(model.compute(std::vector{StepPart{text, 0, blocks, &wish, 0}})[0]);
}

class WeightsTest : public testing::TestWithParam<Architecture> {
 protected:
  fs::path folder() const { return place_.folder() / "model"; }
  const SmallModel& model() const { return model_; }
  std::vector<double> expected() const {
    PagedModel served(SmallWeights(model_), options());
    return said_by(served);
  }
  /// One file for each parameter, and an index of them.
  void write_shards(NumberType type, at::ScalarType number) const {
    fs::create_directories(folder());
    nlohmann::json map;
    for (const Slot& slot : model_.parameters.slots()) {
      const at::Tensor numbers = model_.parameters.parameter(slot.name).master.to(number);
      const std::span all(static_cast<const std::byte*>(numbers.data_ptr()),
                          static_cast<std::size_t>(numbers.numel()) * numbers.element_size());
      map[slot.name] = slot.name + ".safetensors";
      write_safetensors(folder() / map[slot.name].get<std::string>(),
                        {{slot.name, {type, slot.shape, all}}}, {});
    }
    std::ofstream(folder() / "model.safetensors.index.json") << nlohmann::json{{"weight_map", map}};
    std::ofstream(folder() / "config.json") << config_of(GetParam());
  }
  void write_checkpoint(std::int64_t step, int tensor, int stages) const {
    TrainingSpec spec;
    spec.model = GetParam();
    spec.layout.tensor = tensor;
    spec.layout.pipeline = stages;
    const CheckpointWriter writer(folder(), step);
    writer.begin();
    for (int rank = 0; rank < tensor; ++rank) {
      for (int stage = 0; stage < stages; ++stage) {
        const ModelSlice slice{GetParam().layers * stage / stages,
                               GetParam().layers * (stage + 1) / stages,
                               stage == 0,
                               stage == stages - 1,
                               rank,
                               tensor};
        FlatParameters part(slots_of(GetParam(), slice), Precision::kFp32, 1, at::Device("cpu"));
        for (const Slot& slot : part.slots()) {
          part.parameter(slot.name).master.copy_(
              cut(model_.parameters.parameter(slot.name).master, slot, rank, tensor));
        }
        writer.write({part.slots(), slice, part.master(), {part.gradients(), part.gradients()}},
                     stage);
      }
    }
    writer.finish(spec);
  }

 private:
  TemporaryFile place_{"place", ""};
  SmallModel model_{GetParam()};
};
INSTANTIATE_TEST_SUITE_P(Families, WeightsTest, testing::Values(small_gpt2(), small_llama()),
                         [](const auto& family) {
                           return family.param.norm == Norm::kLayer ? "Gpt2" : "Qwen2";
                         });

TEST_P(WeightsTest, HuggingFacesFoldersAreServed) {
  write_hugging_face(folder(), GetParam(), model().parameters);
  const auto served = load_paged_model(folder(), options());
  EXPECT_EQ(said_by(*served), expected());
  EXPECT_TRUE(served->warnings().empty());
}

TEST_P(WeightsTest, SoAreShardsOf16And32Bits) {
  write_shards(NumberType::kF32, at::kFloat);
  EXPECT_EQ(said_by(*load_paged_model(folder(), options())), expected());
  for (const auto& [type, number] :
       {std::pair(NumberType::kF16, at::kHalf), {NumberType::kBf16, at::kBFloat16}}) {
    write_shards(type, number);
    const std::vector<double> said = said_by(*load_paged_model(folder(), options()));
    EXPECT_NE(said, expected());
    EXPECT_THAT(said, testing::Pointwise(testing::DoubleNear(0.1), expected()));
  }
}

TEST_P(WeightsTest, SoAreCheckpointsOfEveryLayout) {
  std::int64_t step = 0;
  for (const auto& [tensor, stages] : {std::pair(1, 1), {2, 1}, {1, 2}, {2, 2}}) {
    write_checkpoint(++step, tensor, stages);
    EXPECT_EQ(said_by(*load_paged_model(folder(), options())), expected());
    const fs::path one = folder() / ("step-0000000" + std::to_string(step));
    EXPECT_EQ(said_by(*load_paged_model(one, options())), expected());
  }
}

TEST_P(WeightsTest, ADamagedCheckpointIsPassedOver) {
  write_checkpoint(1, 1, 1);
  write_checkpoint(2, 1, 1);
  const auto damage = [&](const std::string& step) {
    std::fstream file(folder() / step / "tensor-0-stage-0.safetensors",
                      std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-1, std::ios::end);
    file.put('x');
  };
  damage("step-00000002");
  const auto served = load_paged_model(folder(), options());
  EXPECT_EQ(said_by(*served), expected());
  ASSERT_EQ(served->warnings().size(), 1U);
  EXPECT_THAT(served->warnings()[0], HasSubstr("passed over a checkpoint"));
  damage("step-00000001");
  EXPECT_THAT(error_of([&] { load_paged_model(folder(), options()); }),
              HasSubstr("no checkpoint is whole"));
}

TEST_P(WeightsTest, ASeedGivesWhatATrainerBeginsWith) {
  SmallModel trained(GetParam());
  begin_weights(3, ModelSlice::whole(GetParam()), trained.parameters);
  PagedModel served(SmallWeights(trained), options());
  EXPECT_EQ(said_by(*draw_paged_model(GetParam(), 3, options())), said_by(served));
  EXPECT_NE(said_by(*draw_paged_model(GetParam(), 4, options())), said_by(served));
}

TEST_P(WeightsTest, WhatIsMissingIsNamed) {
  const auto error = [&] { return error_of([&] { load_paged_model(folder(), options()); }); };
  EXPECT_THAT(error(), HasSubstr("there is no such folder"));
  fs::create_directories(folder());
  EXPECT_THAT(error(), HasSubstr("neither a config.json"));
  write_hugging_face(folder(), GetParam(), model().parameters);
  fs::remove(folder() / "model.safetensors");
  EXPECT_THAT(error(), HasSubstr("model.safetensors"));
  Architecture deeper = GetParam();
  deeper.layers = 3;
  write_hugging_face(folder(), GetParam(), model().parameters);
  std::ofstream(folder() / "config.json") << config_of(deeper);
  EXPECT_THAT(error(), HasSubstr(GetParam().norm == Norm::kLayer
                                     ? "has no transformer.h.2.ln_1.weight"
                                     : "has no model.layers.2.input_layernorm.weight"));
  Architecture wider = GetParam();
  wider.vocabulary = 15;
  std::ofstream(folder() / "config.json") << config_of(wider);
  EXPECT_THAT(error(), HasSubstr("is [14, 12]; config.json makes it [15, 12]"));
}

TEST(Weights, WhatIsNotComputedIsRefused) {
  const auto error = [](const Architecture& model, Precision precision = Precision::kFp32) {
    PagedModelOptions how = options();
    how.precision = precision;
    return error_of([&] { draw_paged_model(model, 1, how); });
  };
  Architecture mixture = small_llama();
  mixture.experts = 4;
  EXPECT_EQ(error(mixture), "small-llama: mixtures of experts are not served yet");
  Architecture qwen3 = small_llama();
  qwen3.qk_norm = true;
  EXPECT_EQ(error(qwen3), "small-llama: norms over heads of queries and keys are not served yet");
  Architecture mixed = small_llama();
  mixed.gated = false;
  EXPECT_EQ(error(mixed), "small-llama: models of the forms of GPT-2 and LLaMA are served");
  EXPECT_EQ(error(small_llama(), Precision::kFp16), "precision: fp32 and bf16 are served");
  PagedModelOptions other = options();
  other.end_of_text = 50'256;
  EXPECT_EQ(error_of([&] { draw_paged_model(small_llama(), 1, other); }),
            "small-llama: the text ends with token 50256, the vocabulary has 14");
}

}  // namespace
}  // namespace tandem

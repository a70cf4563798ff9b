#include "executor/train/hugging_face.h"

#include <ATen/ops/equal.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "executor/tensors/safetensors.h"
#include "executor/train/hugging_face_config.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/executor/train/small_models.h"

namespace tandem {
namespace {

class HuggingFaceTest : public testing::TestWithParam<Architecture> {
 protected:
  std::filesystem::path folder() const { return place_.folder() / "model"; }

 private:
  TemporaryFile place_{"place", ""};
};
INSTANTIATE_TEST_SUITE_P(Families, HuggingFaceTest, testing::Values(small_gpt2(), small_llama()),
                         [](const auto& family) {
                           return family.param.norm == Norm::kLayer ? "Gpt2" : "Qwen2";
                         });

TEST_P(HuggingFaceTest, ReadsWhatItHasWritten) {
  SmallModel model(GetParam());
  write_hugging_face(folder(), GetParam(), model.parameters);
  const Architecture again = read_hugging_face(folder());
  EXPECT_EQ(config_of(again), config_of(GetParam()));
  SmallModel other(again);
  other.parameters.master().zero_();
  read_hugging_face(folder(), ModelSlice::whole(again), other.parameters);
  EXPECT_TRUE(at::equal(other.parameters.master(), model.parameters.master()));
}

TEST_P(HuggingFaceTest, AMissingParameterIsNamed) {
  const SmallModel model(GetParam());
  write_hugging_face(folder(), GetParam(), model.parameters);
  Architecture deeper = GetParam();
  deeper.layers = 3;
  SmallModel other(deeper);
  EXPECT_THAT(
      error_of([&] { read_hugging_face(folder(), ModelSlice::whole(deeper), other.parameters); }),
      testing::HasSubstr(GetParam().norm == Norm::kLayer
                             ? "has no transformer.h.2.ln_1.weight"
                             : "has no model.layers.2.input_layernorm"));
}

TEST_P(HuggingFaceTest, WeightsMayLieInSeveralFilesIn16Bits) {
  SmallModel model(GetParam(), Precision::kBf16);
  std::filesystem::create_directories(folder());
  nlohmann::json map;
  for (const Slot& slot : model.parameters.slots()) {
    const at::Tensor value = model.parameters.parameter(slot.name).value;
    const std::span all(value.data_ptr<at::BFloat16>(), static_cast<std::size_t>(value.numel()));
    // As GPT-2 was published.
    std::string name = slot.name;
    if (name.starts_with("transformer.")) name.erase(0, 12);
    map[name] = slot.name + ".safetensors";
    write_safetensors(folder() / map[name].get<std::string>(),
                      {{name, {NumberType::kBf16, slot.shape, std::as_bytes(all)}}}, {});
  }
  std::ofstream(folder() / "model.safetensors.index.json")
      << nlohmann::json{{"weight_map", map}}.dump();
  SmallModel other(GetParam());
  read_hugging_face(folder(), ModelSlice::whole(GetParam()), other.parameters);
  for (const Slot& slot : model.parameters.slots()) {
    EXPECT_TRUE(at::equal(other.parameters.parameter(slot.name).master,
                          model.parameters.parameter(slot.name).value.to(at::kFloat)))
        << slot.name;
  }
}

TEST(HuggingFaceConfig, SaysWhatIsNotComputed) {
  const nlohmann::json llama = config_of(small_llama());
  const auto complaint = [&](const char* key, const nlohmann::json& value) {
    nlohmann::json config = llama;
    config[key] = value;
    return error_of([&] { architecture_of(config, "config.json"); });
  };
  EXPECT_EQ(complaint("model_type", "lama"),
            "config.json: no model type 'lama' is computed (did you mean 'llama'?)");
  EXPECT_EQ(complaint("hidden_act", "gelu"),
            "config.json: 'hidden_act' is gelu; only silu is computed");
  EXPECT_EQ(complaint("rope_scaling", {{"type", "linear"}}),
            "config.json: 'rope_scaling' is given; models with it are not computed");
  EXPECT_EQ(complaint("hidden_size", "wide"),
            "config.json: 'hidden_size' is \"wide\", which is of another kind");
  EXPECT_EQ(complaint("num_key_value_heads", 3),
            "config.json: 4 heads do not share 3 keys and values");
  EXPECT_EQ(complaint("num_hidden_layers", 0), "config.json: a size is below 1");
  EXPECT_EQ(complaint("head_dim", -2), "config.json: a head has no numbers");
  EXPECT_EQ(complaint("vocab_size", 1 << 25), "config.json: a size is above 16777216");
  nlohmann::json config = llama;
  config.erase("vocab_size");
  EXPECT_EQ(error_of([&] { architecture_of(config, "config.json"); }),
            "config.json: 'vocab_size' is missing");
}

TEST(HuggingFaceConfig, RotaryBaseMayStandInAnObjectOfItsOwn) {
  nlohmann::json config = config_of(small_llama());
  config.erase("rope_theta");
  config["rope_parameters"] = {{"rope_type", "default"}, {"rope_theta", 5e5}};
  EXPECT_EQ(architecture_of(config, "config.json").rotary_base, 5e5);
  config["rope_parameters"]["rope_type"] = "yarn";
  EXPECT_EQ(error_of([&] { architecture_of(config, "config.json"); }),
            "config.json: 'rope_type' is yarn; only default is computed");
  config["rope_parameters"] = 7;
  EXPECT_EQ(error_of([&] { architecture_of(config, "config.json"); }),
            "config.json: 'rope_parameters' is no object");
}

}  // namespace
}  // namespace tandem

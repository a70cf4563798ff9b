// What controller and workers tell each other of a job, and what is refused before a gang starts.
#include "executor/spec/training_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/error_of.h"
#include "workloads/catalog/catalog.h"

namespace tandem {
namespace {

using testing::HasSubstr;

/// Every field has a value that it does not have by itself.
TrainingSpec unusual() {
  TrainingSpec spec;
  spec.kind = JobKind::kEvaluate;
  spec.model = built_in_catalog().model("gpt2-1m");
  spec.layout.tensor = 2;
  spec.layout.data = 3;
  spec.layout.batch = 12;
  spec.layout.sequence = 128;
  spec.layout.precision = Precision::kFp32;
  spec.layout.recompute = Recompute::kFull;
  spec.layout.zero = 1;
  spec.steps = 77;
  spec.rows = 55;
  spec.recipe.text = {{"/a", "/b"}, Tokens::kGpt2, "/v", 0.25};
  spec.recipe.learning_rate = 0.1 + 0.2;  // A number that takes 17 digits.
  spec.recipe.beta2 = 0.75;
  spec.recipe.seed = 0xFFFF'FFFF'FFFF'FFFF;
  spec.recipe.evaluate_every = 9;
  spec.checkpoints = "/c";
  return spec;
}

TEST(TrainingSpec, ComesBackFromJson) {
  const nlohmann::json json = to_json(unusual());
  // As it goes over the wire.
  const TrainingSpec again = training_spec_of(nlohmann::json::parse(json.dump()));
  EXPECT_EQ(to_json(again), json);
  EXPECT_EQ(again.kind, JobKind::kEvaluate);
  EXPECT_EQ(again.model.norm, Norm::kLayer);
  EXPECT_EQ(again.model.biases, Biases::kAll);
  EXPECT_EQ(again.layout.precision, Precision::kFp32);
  EXPECT_EQ(again.layout.recompute, Recompute::kFull);
  EXPECT_EQ(again.layout.data, 3);
  EXPECT_EQ(again.steps, 77);
  EXPECT_EQ(again.rows, 55);
  EXPECT_EQ(again.recipe.text.files.at(1), "/b");
  EXPECT_EQ(again.recipe.text.tokens, Tokens::kGpt2);
  EXPECT_EQ(again.recipe.learning_rate, 0.1 + 0.2) << "to the last bit";
  EXPECT_EQ(again.recipe.seed, 0xFFFF'FFFF'FFFF'FFFF);
  EXPECT_EQ(again.checkpoints, "/c");
}

TEST(TrainingSpec, MissesWhatIsNotThere) {
  const nlohmann::json whole = to_json(unusual());
  for (const auto& item : whole.items()) {
    nlohmann::json json = whole;
    json.erase(item.key());
    EXPECT_THAT(error_of([&] { training_spec_of(json); }), HasSubstr(item.key()));
  }
}

TEST(TrainingSpec, SaysWhatIsNotTrained) {
  TrainingSpec spec = unusual();
  spec.layout.batch = 12;
  EXPECT_EQ(why_not_trainable(spec), "");
  spec.layout.batch = 13;
  EXPECT_EQ(why_not_trainable(spec), "gpt2-1m: batch: dp * micro_batch does not divide it");
  spec = unusual();
  spec.layout.tensor = 3;
  EXPECT_EQ(why_not_trainable(spec), "gpt2-1m: tp: does not divide the heads");
  spec = unusual();
  spec.layout.sequence = 513;
  EXPECT_EQ(why_not_trainable(spec), "gpt2-1m: sequence: gpt2-1m has positions for 512");
  spec.model = built_in_catalog().model("mixtral-8x7b");
  EXPECT_THAT(why_not_trainable(spec), HasSubstr("mixtures of experts"));
}

}  // namespace
}  // namespace tandem

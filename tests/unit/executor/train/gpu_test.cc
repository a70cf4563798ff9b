// What a rank computes on a GPU is what it computes on a processor, and the same every time. Built
// where CUDA is; says so and passes where no GPU is.

#include <ATen/Context.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "executor/train/trainer.h"
#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

Architecture model_of(bool gpt2) {
  Architecture model;
  model.name = gpt2 ? "gpt2" : "llama";
  model.layers = 3;
  model.hidden = 128;
  model.heads = 4;
  model.kv_heads = gpt2 ? 4 : 2;
  model.head_size = 32;
  model.ffn = 384;
  model.gated = !gpt2;
  model.vocabulary = 256;
  model.tied = gpt2;
  model.context = 128;
  model.positions = gpt2 ? 128 : 0;
  model.biases = gpt2 ? Biases::kAll : Biases::kNone;
  model.norm = gpt2 ? Norm::kLayer : Norm::kRms;
  return model;
}

std::string text() {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += fmt::format("{} and {} are {}. ", i, i % 7, i + i % 7);
  return text;
}

struct Case {
  const char* name;
  bool gpt2;
  Precision precision;
  double dropout;
  Recompute recompute;
};

class OnGpu : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    if (!at::globalContext().hasCUDA()) GTEST_SKIP() << "no GPU on this machine";
  }
  TrainingSpec spec() const {
    TrainingSpec spec;
    spec.model = model_of(GetParam().gpt2);
    spec.layout.batch = 8;
    spec.layout.micro_batch = 4;
    spec.layout.sequence = 64;
    spec.layout.precision = GetParam().precision;
    spec.layout.recompute = GetParam().recompute;
    spec.steps = 20;
    spec.recipe.text.files = {text_.path()};
    spec.recipe.learning_rate = 2e-3;
    spec.recipe.warmup = 4;
    spec.recipe.dropout = GetParam().dropout;
    return spec;
  }
  std::filesystem::path folder() const { return text_.folder() / "checkpoints"; }
  static RankPlace place(const std::string& device) {
    RankPlace place;
    place.device = device;
    return place;
  }
  static std::vector<double> losses(Trainer& trainer, int steps) {
    std::vector<double> losses;
    for (int i = 0; i < steps; ++i) losses.push_back(trainer.step(Wish::kGoOn).loss);
    return losses;
  }

 private:
  TemporaryFile text_{"text.txt", text()};
};

TEST_P(OnGpu, LossesAreThoseOfAProcessor) {
  if (GetParam().dropout > 0) return;  // Other scores are dropped there.
  Trainer on_gpu(spec(), place("cuda:0"));
  Trainer on_processor(spec(), place("cpu"));
  const double bound = GetParam().precision == Precision::kFp32 ? 1e-4 : 2e-2;
  const std::vector<double> expected = losses(on_processor, 20);
  const std::vector<double> found = losses(on_gpu, 20);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(found[i], expected[i], bound) << "step " << i + 1;
  }
  EXPECT_NEAR(on_gpu.evaluate(), on_processor.evaluate(), bound);
  EXPECT_LT(found.back(), found.front() - 0.5) << "nothing was learnt";
}

TEST_P(OnGpu, AResumedRunIsTheSameBitForBit) {
  Trainer straight(spec(), place("cuda:0"));
  const std::vector<double> expected = losses(straight, 20);
  std::vector<double> found;
  {
    Trainer first(spec(), place("cuda:0"));
    found = losses(first, 7);
    first.save(folder());
  }
  Trainer second(spec(), place("cuda:0"));
  ASSERT_EQ(second.resume(folder()), 7);
  const std::vector<double> rest = losses(second, 13);
  found.insert(found.end(), rest.begin(), rest.end());
  EXPECT_EQ(found, expected);
}

TEST_P(OnGpu, AProcessorGoesOnWithWhatAGpuHasLearnt) {
  if (GetParam().dropout > 0) return;
  Trainer on_gpu(spec(), place("cuda:0"));
  losses(on_gpu, 10);
  on_gpu.save(folder());
  Trainer on_processor(spec(), place("cpu"));
  ASSERT_EQ(on_processor.resume(folder()), 10);
  const double bound = GetParam().precision == Precision::kFp32 ? 1e-4 : 2e-2;
  EXPECT_NEAR(losses(on_processor, 1)[0], losses(on_gpu, 1)[0], bound);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, OnGpu,
    testing::Values(Case{"Gpt2", true, Precision::kFp32, 0, Recompute::kNone},
                    Case{"Llama", false, Precision::kFp32, 0, Recompute::kNone},
                    Case{"Gpt2Bf16", true, Precision::kBf16, 0, Recompute::kNone},
                    Case{"LlamaBf16", false, Precision::kBf16, 0, Recompute::kFull},
                    Case{"Dropout", true, Precision::kBf16, 0.1, Recompute::kFull}),
    [](const auto& of) { return of.param.name; });

}  // namespace
}  // namespace tandem

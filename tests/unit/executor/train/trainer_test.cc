// One rank of a gang of one: the laws that resuming, accumulating and evaluating must keep.

#include "executor/train/trainer.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <iterator>

#include "executor/train/random.h"
#include "tests/support/error_of.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/executor/train/small_models.h"

namespace tandem {
namespace {

/// A few kilobytes of words that repeat, so that there is something to learn.
std::string text() {
  std::string text;
  for (int i = 0; i < 400; ++i) text += fmt::format("{} and {} are {}. ", i, i % 7, i + i % 7);
  return text;
}

class TrainerTest : public testing::Test {
 protected:
  TrainingSpec spec(const Architecture& model) const {
    TrainingSpec spec;
    spec.model = model;
    spec.model.vocabulary = 256;
    spec.layout.batch = 8;
    spec.layout.micro_batch = 4;
    spec.layout.sequence = 24;
    spec.layout.precision = Precision::kFp32;
    spec.steps = 20;
    spec.recipe.text.files = {text_.path()};
    spec.recipe.learning_rate = 1e-2;
    spec.recipe.warmup = 4;
    return spec;
  }
  std::filesystem::path folder() const { return text_.folder() / "checkpoints"; }

 private:
  TemporaryFile text_{"text.txt", text()};
};

std::vector<std::string> hex_losses(Trainer& trainer, int steps) {
  std::vector<std::string> losses;
  for (int i = 0; i < steps; ++i) {
    const StepReport report = trainer.step(Wish::kGoOn);
    losses.push_back(fmt::format("{}: {:a} {:a}", report.step, report.loss, report.gradient_norm));
  }
  return losses;
}

std::string bytes_of(const std::filesystem::path& checkpoint) {
  std::ifstream in(checkpoint / "tensor-0-stage-0.safetensors", std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

struct Case {
  const char* name;
  Architecture model;
  Precision precision = Precision::kFp32;
  double dropout = 0;
  Recompute recompute = Recompute::kNone;
};

class ResumedRun : public TrainerTest, public testing::WithParamInterface<Case> {};
INSTANTIATE_TEST_SUITE_P(
    Cases, ResumedRun,
    testing::Values(Case{"Gpt2", small_gpt2()}, Case{"Llama", small_llama()},
                    Case{"Bf16", small_llama(), Precision::kBf16},
                    Case{"Dropout", small_gpt2(), Precision::kFp32, 0.1},
                    Case{"Recomputed", small_gpt2(), Precision::kFp32, 0.1, Recompute::kFull},
                    Case{"RecomputedBf16", small_llama(), Precision::kBf16, 0.1, Recompute::kFull}),
    [](const auto& of) { return of.param.name; });

TEST_P(ResumedRun, IsTheUninterruptedOneBitForBit) {
  TrainingSpec spec = this->spec(GetParam().model);
  spec.layout.precision = GetParam().precision;
  spec.layout.recompute = GetParam().recompute;
  spec.recipe.dropout = GetParam().dropout;
  Trainer straight(spec, {});
  std::vector<std::string> expected = hex_losses(straight, 20);
  straight.save(folder() / "straight");

  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    const auto own = folder() / fmt::format("preempted-{}", seed);
    std::vector<std::string> got;
    for (std::uint64_t part = 0; got.size() < 20; ++part) {  // Each until it is preempted.
      Trainer trainer(spec, {});
      EXPECT_EQ(trainer.resume(own), got.size());
      const auto steps = std::min(1 + random_bits(seed, part) % 9, 20 - got.size());
      std::ranges::copy(hex_losses(trainer, static_cast<int>(steps)), std::back_inserter(got));
      trainer.save(own);
      EXPECT_TRUE(trainer.warnings().empty());
    }
    EXPECT_EQ(got, expected);
    EXPECT_EQ(bytes_of(own / "step-00000020"), bytes_of(folder() / "straight" / "step-00000020"));
  }
}

TEST_F(TrainerTest, Learns) {
  for (const Architecture& model : {small_gpt2(), small_llama()}) {
    Trainer trainer(spec(model), {});
    const double first = trainer.step(Wish::kGoOn).loss;
    EXPECT_NEAR(first, std::log(256), 0.1);
    double last = 0;
    for (int i = 1; i < 20; ++i) last = trainer.step(Wish::kGoOn).loss;
    EXPECT_LT(last, first - 1);
    EXPECT_EQ(trainer.steps_done(), 20);
  }
}

TEST_F(TrainerTest, RecomputationChangesNothing) {
  TrainingSpec spec = this->spec(small_llama());
  spec.recipe.dropout = 0.1;
  Trainer kept(spec, {});
  spec.layout.recompute = Recompute::kFull;
  Trainer recomputed(spec, {});
  EXPECT_EQ(hex_losses(kept, 10), hex_losses(recomputed, 10));
}

TEST_F(TrainerTest, MicroBatchesAddUpToTheBatch) {
  TrainingSpec spec = this->spec(small_llama());
  spec.recipe.dropout = 0.1;
  spec.layout.micro_batch = 8;
  Trainer whole(spec, {});
  spec.layout.micro_batch = 1;
  Trainer accumulated(spec, {});
  for (int i = 0; i < 20; ++i) {
    const StepReport a = whole.step(Wish::kGoOn);
    const StepReport b = accumulated.step(Wish::kGoOn);
    EXPECT_NEAR(a.loss, b.loss, 1e-5) << i;
    EXPECT_NEAR(a.gradient_norm, b.gradient_norm, 1e-4 * a.gradient_norm) << i;
  }
}

TEST_F(TrainerTest, ClippingMakesTheRateMatterNotTheLength) {
  // Adam divides by the length again: a clip of any length leaves the first step as it is, as long
  // as epsilon is small, and gradients are reported as they were.
  TrainingSpec spec = this->spec(small_gpt2());
  spec.recipe.clip = 1e-3;
  spec.recipe.epsilon = 1e-16;
  Trainer clipped(spec, {});
  spec.recipe.clip = 0;
  Trainer free(spec, {});
  EXPECT_EQ(clipped.step(Wish::kGoOn).gradient_norm, free.step(Wish::kGoOn).gradient_norm);
  EXPECT_NEAR(clipped.step(Wish::kGoOn).loss, free.step(Wish::kGoOn).loss, 1e-4);
}

TEST_F(TrainerTest, EvaluationIsTheMeanLossWithoutDropout) {
  TrainingSpec spec = this->spec(small_gpt2());
  Trainer trainer(spec, {});
  hex_losses(trainer, 20);
  const double loss = trainer.evaluate();
  EXPECT_NEAR(loss, trainer.step(Wish::kGoOn).loss, 0.5);
  trainer.save(folder());

  // By an evaluation, in micro-batches that do not divide the rows; what it is kept for changes
  // nothing.
  spec.kind = JobKind::kEvaluate;
  spec.steps = 0;
  spec.recipe.dropout = 0.5;
  spec.layout.batch = spec.layout.micro_batch = 3;
  Trainer judge(spec, {});
  EXPECT_EQ(judge.resume(folder()), 21);
  const double again = judge.evaluate();
  EXPECT_LT(again, loss);
  EXPECT_EQ(judge.evaluate(), again);
  ASSERT_EQ(judge.warnings().size(), 1U);
  EXPECT_THAT(judge.warnings()[0], testing::HasSubstr("another recipe"));
}

TEST_F(TrainerTest, EvaluationLooksAtSoManyRowsAtMost) {
  TrainingSpec spec = this->spec(small_gpt2());
  const double all = Trainer(spec, {}).evaluate();
  spec.rows = 1'000'000;
  EXPECT_EQ(Trainer(spec, {}).evaluate(), all);
  // The first two rows: their mean, in micro-batches of one row or of four.
  spec.rows = 2;
  const double two = Trainer(spec, {}).evaluate();
  EXPECT_NE(two, all);
  spec.layout.micro_batch = 1;
  EXPECT_NEAR(Trainer(spec, {}).evaluate(), two, 1e-5);
  spec.rows = 1;
  EXPECT_NE(Trainer(spec, {}).evaluate(), two);
}

TEST_F(TrainerTest, ResumesFromTheNewestWholeCheckpoint) {
  const TrainingSpec spec = this->spec(small_gpt2());
  Trainer trainer(spec, {});
  hex_losses(trainer, 3);
  trainer.save(folder());
  const std::vector<std::string> expected = hex_losses(trainer, 2);
  trainer.save(folder());
  std::filesystem::remove(folder() / "step-00000005" / "tensor-0-stage-0.safetensors");
  Trainer resumed(spec, {});
  EXPECT_EQ(resumed.resume(folder()), 3);
  EXPECT_EQ(hex_losses(resumed, 2), expected);
  ASSERT_EQ(resumed.warnings().size(), 1U);
  EXPECT_THAT(resumed.warnings()[0], testing::HasSubstr("passed over a checkpoint"));
}

TEST_F(TrainerTest, ResumesFromNothingAtTheBeginning) {
  Trainer trainer(spec(small_gpt2()), {});
  EXPECT_EQ(trainer.resume(folder()), 0);
}

TEST_F(TrainerTest, SeedsMatter) {
  TrainingSpec spec = this->spec(small_gpt2());
  Trainer one(spec, {});
  spec.recipe.seed = 2;
  Trainer two(spec, {});
  EXPECT_NE(hex_losses(one, 1), hex_losses(two, 1));
}

TEST_F(TrainerTest, SaysWhatTheUserCanMend) {
  const auto complaint = [&](auto change) {
    TrainingSpec spec = this->spec(small_gpt2());
    change(spec);
    return error_of([&] { Trainer trainer(spec, {}); });
  };
  EXPECT_EQ(complaint([](TrainingSpec& spec) { spec.layout.micro_batch = 3; }),
            "small-gpt2: batch: dp * micro_batch does not divide it");
  EXPECT_EQ(complaint([](TrainingSpec& spec) { spec.model.gated = true; }),
            "small-gpt2: models of the forms of GPT-2 and LLaMA are trained");
  EXPECT_EQ(complaint([](TrainingSpec& spec) { spec.model.vocabulary = 100; }),
            "small-gpt2: the text has 256 different tokens, the model's vocabulary 100");
}

TEST_F(TrainerTest, ALossWithoutBoundsIsAnError) {
  TrainingSpec spec = this->spec(small_gpt2());
  spec.recipe.learning_rate = 1e30;
  spec.recipe.warmup = 0;
  Trainer trainer(spec, {});
  EXPECT_THAT(error_of([&] { hex_losses(trainer, 5); }),
              testing::HasSubstr("the loss is no longer finite at step"));
}

TEST_F(TrainerTest, CountsWhatItHas) {
  const TrainingSpec spec = this->spec(small_gpt2());
  const Trainer trainer(spec, {});
  EXPECT_EQ(trainer.parameters(), parameters(spec.model));
  EXPECT_EQ(trainer.tokens_per_step(), 8 * 24);
  EXPECT_GT(trainer.peak_memory_bytes(), 12 * trainer.parameters());
}

}  // namespace
}  // namespace tandem

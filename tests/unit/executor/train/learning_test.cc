// That the whole learns as well as it was measured to: a program of its own, for it takes minutes.

#include <gtest/gtest.h>

#include <cmath>

#include "executor/train/trainer.h"
#include "tests/support/shared_traces.h"

namespace tandem {
namespace {

TEST(Learning, ASmallLlamaLearnsShakespeareInThreeHundredSteps) {
  TANDEM_NEEDS_SHARED_TRACE("text/tinyshakespeare.txt");
  TrainingSpec spec;
  spec.model.name = "llama-5m";
  spec.model.layers = 6;
  spec.model.hidden = 256;
  spec.model.heads = spec.model.kv_heads = 8;
  spec.model.head_size = 32;
  spec.model.ffn = 688;
  spec.model.gated = true;
  spec.model.vocabulary = 256;
  spec.model.context = 128;
  spec.layout.batch = spec.layout.micro_batch = 8;
  spec.layout.sequence = 128;
  spec.layout.precision = Precision::kFp32;
  spec.steps = 300;
  spec.recipe.text.files = {shared_trace("text/tinyshakespeare.txt")};
  spec.recipe.learning_rate = 2e-3;
  spec.recipe.final_learning_rate = 2e-4;
  spec.recipe.warmup = 20;
  Trainer trainer(spec, {});
  EXPECT_NEAR(trainer.step(Wish::kGoOn).loss, std::log(256), 0.1);
  double last = 0;  // Mean of the last ten steps.
  for (int i = 1; i < 300; ++i) {
    const double loss = trainer.step(Wish::kGoOn).loss;
    if (i >= 290) last += loss / 10;
  }
  EXPECT_LT(last, 2.15);
  // In this text the part that is held out is as easy as the rest.
  EXPECT_LT(trainer.evaluate(), 2.15);
}

}  // namespace
}  // namespace tandem

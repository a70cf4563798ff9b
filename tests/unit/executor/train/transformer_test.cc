// The models, against the same formulas in double precision and against themselves.

#include "executor/train/transformer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/executor/train/small_models.h"

namespace tandem {
namespace {

class EveryFamily : public testing::TestWithParam<Architecture> {};
INSTANTIATE_TEST_SUITE_P(Families, EveryFamily, testing::Values(small_gpt2(), small_llama()),
                         [](const auto& family) {
                           return family.param.norm == Norm::kLayer ? "Gpt2" : "Llama";
                         });

TEST_P(EveryFamily, LogitsEqualTheFormulasInDoublePrecision) {
  SmallModel model(GetParam());
  // More tokens than attention looks at in one block.
  const auto rows = random_rows(2, 150, GetParam().vocabulary);
  const at::NoGradGuard no_gradients;
  const at::Tensor logits = model.transformer.logits(model.transformer.hidden({}, batch_of(rows)));
  const float* got = logits.data_ptr<float>();
  for (const auto& row : rows) {
    for (const auto& token : model.reference().logits({row.begin(), row.end() - 1})) {
      for (const double expected : token) EXPECT_NEAR(*got++, expected, 1e-5);
    }
  }
}

TEST_P(EveryFamily, LossAndGradientsEqualFiniteDifferences) {
  SmallModel model(GetParam());
  const auto rows = random_rows(2, 7, GetParam().vocabulary);
  const double loss = model.forward_backward(batch_of(rows));
  ReferenceModel reference = model.reference();
  const auto expected_loss = [&] {
    return (reference.loss(rows[0]) + reference.loss(rows[1])) / 14;
  };
  EXPECT_NEAR(loss, expected_loss(), 1e-6);
  for (auto& [name, numbers] : reference.weights()) {
    const at::Tensor gradient = model.parameters.parameter(name).gradient;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      const double kept = numbers[i];
      numbers[i] = kept + 1e-4;
      const double above = expected_loss();
      numbers[i] = kept - 1e-4;
      const double below = expected_loss();
      numbers[i] = kept;
      ASSERT_NEAR(gradient.data_ptr<float>()[i], (above - below) / 2e-4, 2e-6) << name << " " << i;
    }
  }
}

TEST_P(EveryFamily, RecomputationChangesNothing) {
  TransformerOptions options{.dropout = 0.2, .seed = 5};
  SmallModel kept(GetParam(), Precision::kFp32, options);
  options.recomputes = true;
  SmallModel recomputed(GetParam(), Precision::kFp32, options);
  const MicroBatch batch = batch_of(random_rows(2, 70, GetParam().vocabulary));
  EXPECT_EQ(kept.forward_backward(batch), recomputed.forward_backward(batch));
  EXPECT_TRUE(at::equal(kept.parameters.gradients(), recomputed.parameters.gradients()));
}

TEST_P(EveryFamily, ManyMicroBatchesAddUpToOne) {
  // With dropout: which elements are dropped follows from a row's place in the whole batch.
  const TransformerOptions options{.dropout = 0.2, .seed = 5};
  SmallModel whole(GetParam(), Precision::kFp32, options);
  SmallModel parts(GetParam(), Precision::kFp32, options);
  const auto rows = random_rows(4, 9, GetParam().vocabulary);
  const double loss = whole.forward_backward(batch_of(rows));
  double sum = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    MicroBatch batch = batch_of({rows[i]});
    batch.first_row = static_cast<std::int64_t>(i);
    batch.weight /= 4;
    sum += parts.forward_backward(batch);
  }
  EXPECT_NEAR(sum, loss, 1e-6);
  EXPECT_TRUE(parts.parameters.gradients().allclose(whole.parameters.gradients(), 1e-4, 1e-6));
}

TEST_P(EveryFamily, DropoutIsOfTrainingAlone) {
  const TransformerOptions options{.dropout = 0.2};
  SmallModel with(GetParam(), Precision::kFp32, options);
  SmallModel without(GetParam());
  MicroBatch batch = batch_of(random_rows(2, 9, GetParam().vocabulary));
  const double loss = with.forward_backward(batch);
  EXPECT_NE(loss, without.forward_backward(batch));
  batch.step = 1;
  EXPECT_NE(with.forward_backward(batch), loss);
  batch.training = false;
  EXPECT_EQ(with.forward_backward(batch), without.forward_backward(batch));
}

TEST_P(EveryFamily, Bf16IsNearF32) {
  SmallModel exact(GetParam());
  SmallModel rounded(GetParam(), Precision::kBf16);
  const MicroBatch batch = batch_of(random_rows(2, 70, GetParam().vocabulary));
  EXPECT_NEAR(rounded.forward_backward(batch), exact.forward_backward(batch), 0.02);
  const at::Tensor difference = rounded.parameters.gradients().sub(exact.parameters.gradients());
  const double relative =
      difference.norm().item().toDouble() / exact.parameters.gradients().norm().item().toDouble();
  EXPECT_LT(relative, 0.03);
  EXPECT_GT(relative, 0);
}

TEST_P(EveryFamily, TellsOfGradientsPartByPart) {
  for (const bool recomputes : {false, true}) {
    SmallModel model(GetParam(), Precision::kFp32, {.recomputes = recomputes});
    std::vector<std::int64_t> told;
    std::vector<at::Tensor> then;
    model.transformer.on_gradients = [&](std::int64_t part) {
      told.push_back(part);
      then.push_back(model.parameters.gradients().clone());
    };
    model.forward_backward(batch_of(random_rows(2, 9, GetParam().vocabulary)));
    ASSERT_EQ(told, (std::vector<std::int64_t>{3, 2, 1}));
    for (const Slot& slot : model.parameters.slots()) {
      if (slot.part == 0) continue;
      const at::Tensor early = then[static_cast<std::size_t>(3 - slot.part)];
      const at::Tensor final = model.parameters.gradients();
      EXPECT_TRUE(at::equal(early.narrow(0, slot.offset, slot.numbers()),
                            final.narrow(0, slot.offset, slot.numbers())))
          << slot.name;
    }
  }
}

TEST_P(EveryFamily, SlicesOfLayersMakeTheWhole) {
  SmallModel whole(GetParam());
  const MicroBatch batch = batch_of(random_rows(2, 9, GetParam().vocabulary));
  const at::NoGradGuard no_gradients;
  at::Tensor x;
  for (std::int64_t layer = 0; layer < 2; ++layer) {
    const ModelSlice slice{layer, layer + 1, layer == 0, layer == 1};
    FlatParameters parameters(slots_of(GetParam(), slice), Precision::kFp32, 1, at::Device("cpu"));
    for (const Slot& slot : parameters.slots()) {
      parameters.parameter(slot.name).master.copy_(whole.parameters.parameter(slot.name).master);
    }
    Transformer stage(GetParam(), slice, parameters, {});
    x = stage.hidden(x, batch);
    if (layer == 1) x = stage.loss(x, batch);
  }
  const at::Tensor expected = whole.transformer.loss(whole.transformer.hidden({}, batch), batch);
  EXPECT_TRUE(at::equal(x, expected));
}

}  // namespace
}  // namespace tandem

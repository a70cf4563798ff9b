#include "executor/train/optimizer.h"

#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "executor/train/random.h"

namespace tandem {
namespace {

Slot slot(const char* name, std::int64_t numbers, std::int64_t offset, bool decays) {
  Slot slot;
  slot.name = name;
  slot.shape = slot.whole_shape = {numbers};
  slot.offset = offset;
  slot.decays = decays;
  return slot;
}

/// A matrix of which two numbers are looked at, and a bias behind it.
FlatParameters small_parameters() {
  return {{slot("matrix", 200'000, 0, true), slot("bias", 40, 200'000, false)},
          Precision::kFp32,
          4,
          at::Device("cpu")};
}

void fill(at::Tensor& numbers, RandomKey key) {
  fill_normal(key, 0, 1,
              std::span(numbers.data_ptr<float>(), static_cast<std::size_t>(numbers.numel())));
}

Recipe recipe() {
  Recipe recipe;
  recipe.beta1 = 0.9;
  recipe.beta2 = 0.95;
  recipe.weight_decay = 0.1;
  return recipe;
}

TEST(Optimizer, TakesStepsAsComputedByHand) {
  FlatParameters parameters = small_parameters();
  parameters.master().fill_(1);
  Optimizer optimizer(recipe(), parameters, {{0, parameters.numbers()}});
  const auto number = [&](std::int64_t place) {
    return parameters.master().data_ptr<float>()[place];
  };
  // m = 0.05, v = 0.0125, corrected 0.5 and 0.25: a step of 0.1 * 0.5 / 0.5.
  parameters.gradients().fill_(0.5);
  optimizer.update(1, 0.1, 1);
  EXPECT_NEAR(number(0), 1 - 0.1 * 0.1 - 0.1, 1e-6);
  EXPECT_NEAR(number(200'000), 1 - 0.1, 1e-6);
  // m = 0.9 * 0.05 - 0.1 * 0.25 = 0.02, v = 0.95 * 0.0125 + 0.05 * 0.0625 = 0.015; corrected by
  // 1 - 0.81 and 1 - 0.9025: a step of 0.1 * 0.105263 / sqrt(0.153846). The gradient is halved.
  parameters.gradients().fill_(-0.5);
  optimizer.update(2, 0.1, 0.5);
  EXPECT_NEAR(number(0), 0.89 * 0.99 - 0.1 * 0.105263 / std::sqrt(0.153846), 1e-6);
  EXPECT_NEAR(number(200'000), 0.9 - 0.1 * 0.105263 / std::sqrt(0.153846), 1e-6);
}

TEST(Optimizer, RangesTogetherAreTheWhole) {
  FlatParameters whole = small_parameters();
  FlatParameters parts = small_parameters();
  Optimizer one(recipe(), whole, {{0, whole.numbers()}});
  const std::int64_t half = whole.numbers() / 2;
  Optimizer first(recipe(), parts, {{0, 64}, {128, half - 128}});
  Optimizer second(recipe(), parts, {{64, 64}, {half, half}});
  for (std::int64_t step = 1; step <= 3; ++step) {
    fill(whole.gradients(), static_cast<RandomKey>(step));
    // Padding has no gradients.
    whole.gradients().narrow(0, 200'040, whole.numbers() - 200'040).zero_();
    parts.gradients().copy_(whole.gradients());
    one.update(step, 0.01, 1);
    first.update(step, 0.01, 1);
    second.update(step, 0.01, 1);
  }
  EXPECT_TRUE(at::equal(whole.master(), parts.master()));
  const at::Tensor sum = first.moments().second.add(second.moments().second);
  EXPECT_TRUE(at::equal(one.moments().second, sum));
  const auto all = [](const Slot&) { return true; };
  EXPECT_NEAR(first.gradient_squares(all) + second.gradient_squares(all), one.gradient_squares(all),
              1e-6);
}

TEST(Optimizer, GoesOnWithMomentsItWasGiven) {
  FlatParameters kept = small_parameters();
  FlatParameters resumed = small_parameters();
  const NumberRange part{64, kept.numbers() / 2};
  Optimizer straight(recipe(), kept, {part});
  fill(kept.gradients(), 1);
  straight.update(1, 0.01, 1);
  Optimizer later(recipe(), resumed, {part});
  later.take(straight.moments());
  resumed.master().copy_(kept.master());
  resumed.gradients().copy_(kept.gradients());
  straight.update(2, 0.01, 1);
  later.update(2, 0.01, 1);
  EXPECT_TRUE(at::equal(kept.master(), resumed.master()));
}

TEST(Optimizer, LengthOfTheGradientLeavesOutWhatDoesNotCount) {
  FlatParameters parameters = small_parameters();
  const Optimizer optimizer(recipe(), parameters, {{0, parameters.numbers()}});
  parameters.gradients().fill_(2);
  EXPECT_EQ(optimizer.gradient_squares([](const Slot&) { return true; }), 4 * 200'040);
  EXPECT_EQ(optimizer.gradient_squares([](const Slot& s) { return s.name == "bias"; }), 4 * 40);
}

TEST(Optimizer, ClipsLongGradientsAlone) {
  EXPECT_EQ(clip_factor(4, 1), 0.25);
  EXPECT_EQ(clip_factor(0.5, 1), 1);
  EXPECT_EQ(clip_factor(1e9, 0), 1);
}

}  // namespace
}  // namespace tandem

#include "executor/train/schedule.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

Recipe recipe(std::int64_t warmup) {
  Recipe recipe;
  recipe.learning_rate = 1;
  recipe.final_learning_rate = 0.1;
  recipe.warmup = warmup;
  return recipe;
}

TEST(Schedule, RisesInAStraightLineThenFallsAsACosine) {
  EXPECT_DOUBLE_EQ(learning_rate(recipe(4), 1, 12), 0.25);
  EXPECT_DOUBLE_EQ(learning_rate(recipe(4), 3, 12), 0.75);
  EXPECT_DOUBLE_EQ(learning_rate(recipe(4), 4, 12), 1);
  EXPECT_NEAR(learning_rate(recipe(4), 6, 12), 0.1 + 0.9 * (1 + 0.7071068) / 2, 1e-7);
  EXPECT_NEAR(learning_rate(recipe(4), 8, 12), 0.55, 1e-12);
  EXPECT_DOUBLE_EQ(learning_rate(recipe(4), 12, 12), 0.1);
}

TEST(Schedule, KeepsTheFinalRateBehindTheEnd) {
  EXPECT_DOUBLE_EQ(learning_rate(recipe(4), 40, 12), 0.1);
}

TEST(Schedule, WithoutWarmUpBeginsAtThePeak) {
  EXPECT_NEAR(learning_rate(recipe(0), 1, 1'000'000), 1, 1e-9);
  EXPECT_DOUBLE_EQ(learning_rate(recipe(0), 1, 1), 0.1);
}

TEST(Schedule, WarmUpMayBeLongerThanTheJob) {
  EXPECT_DOUBLE_EQ(learning_rate(recipe(10), 5, 5), 0.5);
}

}  // namespace
}  // namespace tandem

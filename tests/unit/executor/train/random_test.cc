#include "executor/train/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "executor/train/numbers.h"
#include "executor/train/vector_math.h"

namespace tandem {
namespace {

TEST(Random, NormalNumbersAreNormal) {
  std::vector<float> numbers(1'000'001);
  fill_normal(subkey(1, "a"), 3, 2, numbers);
  double mean = 0;
  for (const float number : numbers) mean += number;
  mean /= static_cast<double>(numbers.size());
  double variance = 0;
  double within_one = 0;
  for (const float number : numbers) {
    variance += (number - mean) * (number - mean);
    within_one += std::abs(number - 3) < 2 ? 1 : 0;
  }
  EXPECT_NEAR(mean, 3, 0.01);
  EXPECT_NEAR(variance / static_cast<double>(numbers.size()), 4, 0.03);
  EXPECT_NEAR(within_one / static_cast<double>(numbers.size()), 0.6827, 0.002);
}

TEST(Random, AreTheSameAgainAndOthersForOtherKeys) {
  const auto draw = [](RandomKey key, std::size_t count) {
    std::vector<float> numbers(count);
    fill_normal(key, 0, 1, numbers);
    return numbers;
  };
  EXPECT_EQ(draw(subkey(1, "a"), 9), draw(subkey(1, "a"), 9));
  EXPECT_NE(draw(subkey(1, "a"), 9), draw(subkey(1, "b"), 9));
  EXPECT_NE(draw(subkey(1, "a"), 9), draw(subkey(2, "a"), 9));
  EXPECT_NE(subkey(1, "ab"), subkey(1, "ba"));
}

TEST(VectorMath, ExponentialIsExactToTwoUnits) {
  for (double x = -86.9; x < 88; x += 0.00137) {
    const auto number = static_cast<float>(x);
    const double exact = std::exp(static_cast<double>(number));
    ASSERT_NEAR(exponential(number) / exact, 1, 2.4e-7) << number;
  }
  EXPECT_EQ(exponential(-88), 0);
  EXPECT_EQ(exponential(0), 1);
}

TEST(Numbers, Bf16RoundsToTheNearestAndTiesToEven) {
  // 1 + 2^-8 lies between 1 and 1 + 2^-7; 1 + 3 * 2^-8 between 1 + 2^-7 and 1 + 2^-6.
  const std::vector<float> numbers{1.00390625F, 1.01171875F, 1.004F, -2.5F, INFINITY, NAN};
  std::vector<at::BFloat16> rounded(numbers.size());
  std::vector<float> back(numbers.size());
  to_bf16(numbers.data(), rounded.data(), std::ssize(numbers));
  to_f32(rounded.data(), back.data(), std::ssize(numbers));
  EXPECT_EQ(std::vector<float>(back.begin(), back.end() - 1),
            (std::vector<float>{1, 1.015625F, 1.0078125F, -2.5F, INFINITY}));
  EXPECT_TRUE(std::isnan(back.back()));
}

}  // namespace
}  // namespace tandem

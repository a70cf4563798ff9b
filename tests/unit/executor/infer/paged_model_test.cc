// The model that serves says of every token what the trainer's says, however texts are divided into
// steps and wherever their keys and values lie.

#include "executor/infer/paged_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/error_of.h"
#include "tests/unit/executor/infer/served_models.h"

namespace tandem {
namespace {

constexpr std::int64_t kBlock = 4;

class EveryModel : public testing::TestWithParam<Architecture> {
 protected:
  std::vector<TokenId> text(std::uint64_t seed, std::int64_t count) const {
    return random_text(seed, count, GetParam().vocabulary);
  }
  /// `count` tokens of `text` from `first` on, as a part that wants to know all of the next.
  StepPart part(std::span<const TokenId> text, std::size_t first, std::size_t count,
                std::span<const BlockNumber> blocks) const {
    return {text.subspan(first, count), static_cast<std::uint32_t>(first), blocks, &wish_, 0};
  }
  /// That `given` is what the trainer's model says behind `text`.
  void expect_said(const GivenToken& given, std::span<const TokenId> text, double within = 1e-5) {
    const std::vector<double> expected = models_.logprobs(text).back();
    const std::vector<double> said = by_token(given);
    ASSERT_EQ(said.size(), expected.size());
    for (std::size_t i = 0; i < said.size(); ++i) {
      EXPECT_NEAR(said[i], expected[i], within * std::max(1.0, std::abs(expected[i]))) << i;
    }
  }

  ServedModelPair models_{GetParam(), kBlock};
  PagedModel& model_ = *models_.served;
  const Sampling wish_ = all_logprobs(GetParam().vocabulary);
  const std::vector<BlockNumber> blocks_ = shuffled_blocks(5, model_.blocks());
  std::span<const BlockNumber> blocks(std::size_t first, std::size_t count) const {
    return std::span(blocks_).subspan(first, count);
  }
};
INSTANTIATE_TEST_SUITE_P(Models, EveryModel, testing::ValuesIn(served_architectures()),
                         [](const auto& model) { return name_of_served(model.param); });

TEST_P(EveryModel, AWholePromptInOnePart) {
  for (const std::int64_t length : {1, 3, 4, 5, 17, 64, 150}) {
    const auto text = this->text(1, length);
    const auto given = model_.compute(std::vector{part(text, 0, text.size(), blocks(0, 40))});
    ASSERT_EQ(given.size(), 1U);
    expect_said(given[0], text);
  }
}

TEST_P(EveryModel, OneTokenAtATime) {
  const auto text = this->text(2, 40);
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto given = model_.compute(std::vector{part(text, i, 1, blocks(3, 12))});
    expect_said(given[0], std::span(text).first(i + 1));
  }
}

TEST_P(EveryModel, Chunks) {
  const auto text = this->text(3, 90);
  std::size_t first = 0;
  for (const std::size_t count : {7, 1, 30, 2, 33, 17}) {
    const auto given = model_.compute(std::vector{part(text, first, count, blocks(3, 30))});
    first += count;
    expect_said(given[0], std::span(text).first(first));
  }
}

TEST_P(EveryModel, RequestsOfMixedLengthsInOneStep) {
  std::vector<std::vector<TokenId>> texts;
  std::vector<StepPart> before;
  std::vector<StepPart> parts;
  for (std::uint64_t i = 0; i < 9; ++i) texts.push_back(text(10 + i, 5 + 11 * (i * i % 9)));
  for (std::size_t i = 0; i < texts.size(); ++i) {
    // Some decode, some go on with a prompt, some begin; every third is not asked yet.
    const std::size_t computed = i % 2 == 0 ? texts[i].size() - 1 : i % 5;
    const auto own = blocks(i * 30, 30);
    if (computed > 0) before.push_back({std::span(texts[i]).first(computed), 0, own, nullptr, 0});
    parts.push_back(part(texts[i], computed, texts[i].size() - computed, own));
    if (i % 3 == 2) parts.back().sampling = nullptr;
  }
  EXPECT_TRUE(model_.compute(before).empty());
  const auto given = model_.compute(parts);
  ASSERT_EQ(given.size(), 6U);
  std::size_t place = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i % 3 != 2) expect_said(given[place++], texts[i]);
  }
}

TEST_P(EveryModel, BlocksOfOneRequestAreReadByOthers) {
  // The same 12 tokens, then others: in the step that computes them, and in a later one.
  const auto prefix = text(4, 12);
  std::vector<std::vector<TokenId>> texts;
  for (std::uint64_t i = 0; i < 3; ++i) {
    texts.push_back(prefix);
    const auto rest = text(20 + i, 7);
    texts.back().insert(texts.back().end(), rest.begin(), rest.end());
  }
  std::vector<std::vector<BlockNumber>> held;
  for (std::size_t i = 0; i < 3; ++i) {
    held.emplace_back(blocks_.begin(), blocks_.begin() + 3);
    const auto own = blocks(10 * (i + 1), 2);
    held.back().insert(held.back().end(), own.begin(), own.end());
  }
  // Whoever reads stands before whoever writes.
  const auto given =
      model_.compute(std::vector{part(texts[1], 12, 7, held[1]), part(texts[0], 0, 19, held[0])});
  expect_said(given[0], texts[1]);
  expect_said(given[1], texts[0]);
  expect_said(model_.compute(std::vector{part(texts[2], 12, 7, held[2])})[0], texts[2]);
}

TEST_P(EveryModel, CopiesGoOnInOtherBlocks) {
  const auto text = this->text(6, 23);
  model_.compute(std::vector{part(text, 0, 22, blocks(0, 6))});
  const auto saved = model_.copy_out(blocks(0, 6));
  EXPECT_EQ(saved.size(), static_cast<std::size_t>(
                              6 * cache_shape(GetParam(), Precision::kFp32, kBlock).block_bytes()));
  // Somebody else gets them.
  const auto other = this->text(7, 24);
  model_.compute(std::vector{part(other, 0, 24, blocks(0, 6))});
  model_.copy_in(saved, blocks(50, 6));
  expect_said(model_.compute(std::vector{part(text, 22, 1, blocks(50, 6))})[0], text);
}

TEST_P(EveryModel, NoTokenDependsOnWhatElseIsInTheStep) {
  // Bit by bit: alone and token by token, or as a chunk among others and with another thread.
  const auto text = this->text(8, 37);
  const auto other = this->text(9, 21);
  ServedModelPair alone(GetParam(), kBlock, Precision::kFp32, 1);
  GivenToken expected;
  for (std::size_t i = 0; i < text.size(); ++i) {
    expected = alone.served->compute(std::vector{part(text, i, 1, blocks(0, 10))})[0];
  }
  for (const std::size_t computed : {0, 1, 16, 30, 36}) {
    if (computed > 0) model_.compute(std::vector{part(text, 0, computed, blocks(30, 10))});
    const auto given =
        model_.compute(std::vector{part(other, 0, other.size(), blocks(20, 6)),
                                   part(text, computed, text.size() - computed, blocks(30, 10))});
    EXPECT_EQ(by_token(given[1]), by_token(expected));
  }
}

TEST_P(EveryModel, Bf16IsNearF32) {
  ServedModelPair rounded(GetParam(), 16, Precision::kBf16);
  const auto text = this->text(1, 100);
  const auto own = shuffled_blocks(1, rounded.served->blocks());
  const auto given = rounded.served->compute(std::vector{part(text, 0, text.size(), own)});
  expect_said(given[0], text, 0.15);
  EXPECT_NE(by_token(given[0]), models_.logprobs(text).back());
}

TEST_P(EveryModel, MemoryIsDividedIntoWholeBlocks) {
  const CacheShape shape = cache_shape(GetParam(), Precision::kBf16, 16);
  // Two bytes of keys and values for every layer, head, number and token.
  EXPECT_EQ(shape.block_bytes(),
            2 * GetParam().layers * GetParam().kv_heads * GetParam().head_size * 16 * 2);
  PagedModelOptions options;
  options.precision = Precision::kBf16;
  options.memory_bytes = 3 * shape.block_bytes() - 1;
  EXPECT_EQ(draw_paged_model(GetParam(), 1, options)->blocks(), 2);
  options.memory_bytes = shape.block_bytes() - 1;
  EXPECT_THAT(error_of([&] { draw_paged_model(GetParam(), 1, options); }),
              testing::HasSubstr("hold no keys and values: a block of 16 tokens has"));
}

TEST(PagedModel, WeightsThatAreNoNumbersAreNoticed) {
  SmallModel broken(small_llama());
  broken.parameters.parameter("model.norm.weight").master.fill_(std::nanf(""));
  PagedModelOptions options;
  options.memory_bytes = 1 << 20;
  PagedModel model(SmallWeights(broken), options);
  const std::vector<TokenId> text{1, 2};
  const std::vector<BlockNumber> blocks{0};
  const Sampling wish;
  EXPECT_THROW(model.compute(std::vector{StepPart{text, 0, blocks, &wish, 0}}), std::runtime_error);
}

}  // namespace
}  // namespace tandem

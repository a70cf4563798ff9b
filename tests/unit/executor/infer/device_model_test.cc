// The model for devices says what the model for processors says, however texts are divided into
// steps. Two programs have these tests: one on a processor, whose teams are single threads, and
// where CUDA is one on a GPU, which says so and passes where no GPU is.

#include "executor/infer/device/device_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/support/error_of.h"
#include "tests/support/random.h"
#include "tests/unit/executor/infer/kernel_runners.h"
#include "tests/unit/executor/infer/random_engine.h"
#include "tests/unit/executor/infer/served_models.h"

namespace tandem {
namespace {

constexpr std::int64_t kBlock = 16;
/// Sums in another order, and on GPUs other exponentials.
constexpr double kNearF32 = 2e-5;
/// Everything between two products is rounded to 8 bits here, on processors nothing.
constexpr double kNearBf16 = 0.15;

PagedModelOptions options_of(const Architecture& model, Precision precision) {
  PagedModelOptions options;
  options.precision = precision;
  options.block_tokens = kBlock;
  options.memory_bytes = cache_shape(model, precision, kBlock).block_bytes() * (1600 / kBlock);
  return options;
}

class OnDevice : public testing::TestWithParam<Architecture> {
 protected:
  void SetUp() override {
    if (test_device().runner == nullptr) GTEST_SKIP() << "no GPU on this machine";
  }
  static std::unique_ptr<DeviceModel> served(const ServedModelPair& pair, Precision precision,
                                             TestDevice device = test_device()) {
    return std::make_unique<DeviceModel>(SmallWeights(pair.trained),
                                         options_of(pair.trained.architecture, precision),
                                         device.name, std::move(device.runner));
  }
  std::vector<TokenId> text(std::uint64_t seed, std::int64_t count) const {
    return random_text(seed, count, GetParam().vocabulary);
  }
};
INSTANTIATE_TEST_SUITE_P(Models, OnDevice, testing::ValuesIn(served_architectures()),
                         [](const auto& model) { return name_of_served(model.param); });

/// That both say the same behind each of `parts`.
void expect_same(LanguageModel& model, LanguageModel& other, std::span<const StepPart> parts,
                 double within) {
  const auto given = model.compute(parts);
  const auto expected = other.compute(parts);
  ASSERT_EQ(given.size(), expected.size());
  for (std::size_t part = 0; part < given.size(); ++part) {
    const std::vector<double> said = by_token(given[part]);
    const std::vector<double> right = by_token(expected[part]);
    ASSERT_EQ(said.size(), right.size());
    for (std::size_t i = 0; i < said.size(); ++i) {
      EXPECT_NEAR(said[i], right[i], within * std::max(1.0, std::abs(right[i])))
          << "part " << part << ", token " << i;
    }
  }
}

/// Texts of several requests go through both models in steps: the first tokens, one at a time,
/// whole chunks.
void expect_same_in_steps(LanguageModel& model, LanguageModel& other,
                          std::span<const std::vector<TokenId>> texts,
                          std::span<const std::size_t> chunks, double within) {
  const Sampling wish = all_logprobs(model.vocabulary());
  const std::vector<BlockNumber> blocks = shuffled_blocks(5, model.blocks());
  std::vector<std::span<const BlockNumber>> held;
  auto rest = std::span(blocks);
  for (const auto& text : texts) {
    held.push_back(rest.first(text.size() / model.block_tokens() + 1));
    rest = rest.subspan(held.back().size());
  }
  std::vector<std::size_t> computed(texts.size());
  for (std::size_t step = 0; step < 4 * chunks.size(); ++step) {
    std::vector<StepPart> parts;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const std::size_t count =
          std::min(chunks[(step + i) % chunks.size()], texts[i].size() - computed[i]);
      if (count == 0) continue;
      parts.push_back({std::span(texts[i]).subspan(computed[i], count),
                       static_cast<std::uint32_t>(computed[i]), held[i],
                       i % 3 == 2 ? nullptr : &wish, 0});
      computed[i] += count;
    }
    if (!parts.empty()) expect_same(model, other, parts, within);
  }
}

TEST_P(OnDevice, SaysWhatAProcessorSays) {
  ServedModelPair models(GetParam(), kBlock, Precision::kFp32, 1);
  const auto on_device = served(models, Precision::kFp32);
  const std::vector texts{text(1, 90), text(2, 17), text(3, 40), text(4, 150), text(5, 1)};
  const std::vector<std::size_t> chunks{1, 30, 7, 1, 2, 16};
  expect_same_in_steps(*on_device, *models.served, texts, chunks, kNearF32);
}

TEST_P(OnDevice, SaysNearlyTheSameInBf16) {
  ServedModelPair models(GetParam(), kBlock, Precision::kBf16, 1);
  const auto on_device = served(models, Precision::kBf16);
  const std::vector texts{text(1, 90), text(2, 17)};
  const std::vector<std::size_t> chunks{30, 1, 7};
  expect_same_in_steps(*on_device, *models.served, texts, chunks, kNearBf16);
}

TEST_P(OnDevice, LongTextsAreLookedAtInParts) {
  Architecture model = GetParam();
  model.context = 1000;
  if (model.positions > 0) model.positions = model.context;
  ServedModelPair models(model, kBlock, Precision::kFp32, 1);
  const auto on_device = served(models, Precision::kFp32);
  // Parts have 256 tokens: just as many, one more, several, and one text of a single part.
  const std::vector texts{text(1, 263), text(2, 700), text(3, 20)};
  const std::vector<std::size_t> chunks{250, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  expect_same_in_steps(*on_device, *models.served, texts, chunks, kNearF32);
}

TEST_P(OnDevice, GreedyAnswersAreThoseOfOneRequestAtATimeWithoutACache) {
  ServedModelPair models(GetParam(), kBlock, Precision::kFp32, 1);
  const auto on_device = served(models, Precision::kFp32);
  for (std::uint64_t seed = 1; seed <= seeds(10); ++seed) {
    auto requests = random_requests(seed, GetParam().vocabulary);
    // Without log probabilities the device itself chooses.
    for (TestRequest& request : requests) request.sampling.logprobs = -1;
    RandomEngine(*on_device, seed).run(requests);
    for (const TestRequest& request : requests) {
      const auto said = models.logprobs(request.known);
      for (std::size_t i = request.prompt; i < request.limit; ++i) {
        // Two that are equal but for rounding are both right.
        const double most = *std::ranges::max_element(said[i - 1]);
        EXPECT_NEAR(said[i - 1][request.known[i]], most, kNearF32) << "seed " << seed;
      }
    }
  }
}

TEST_P(OnDevice, CopiesGoOnOnAProcessorAndBack) {
  ServedModelPair models(GetParam(), kBlock, Precision::kFp32, 1);
  const auto on_device = served(models, Precision::kFp32);
  const auto text = this->text(6, 40);
  const Sampling wish = all_logprobs(GetParam().vocabulary);
  const std::vector<BlockNumber> first{7, 2, 9};
  const std::vector<BlockNumber> second{0, 4, 1};
  on_device->compute(std::vector{StepPart{std::span(text).first(30), 0, first, nullptr, 0}});
  models.served->copy_in(on_device->copy_out(first), second);
  // Blocks of the device's own that stand where the processor's do.
  on_device->copy_in(models.served->copy_out(second), second);
  const StepPart rest{std::span(text).subspan(30), 30, second, &wish, 0};
  expect_same(*on_device, *models.served, std::vector{rest}, kNearF32);
}

TEST_P(OnDevice, TheEndIsBarredUntilItMayCome) {
  ServedModelPair models(GetParam(), kBlock, Precision::kFp32, 1);
  PagedModelOptions options = options_of(GetParam(), Precision::kFp32);
  const auto text = this->text(7, 9);
  const std::vector<BlockNumber> blocks{3};
  Sampling wish;
  wish.temperature = 0;
  const StepPart part{text, 0, blocks, &wish, 0};
  const TokenId likeliest = served(models, Precision::kFp32)->compute(std::vector{part})[0].token;
  options.end_of_text = likeliest;
  TestDevice device = test_device();
  DeviceModel model(SmallWeights(models.trained), options, device.name, std::move(device.runner));
  EXPECT_EQ(model.compute(std::vector{part})[0].token, likeliest);
  wish.min_tokens = 1;
  EXPECT_NE(model.compute(std::vector{part})[0].token, likeliest);
}

TEST(DeviceModel, WeightsThatAreNoNumbersAreNoticed) {
  TestDevice device = test_device();
  if (device.runner == nullptr) GTEST_SKIP() << "no GPU on this machine";
  SmallModel broken(small_llama());
  broken.parameters.parameter("model.norm.weight").master.fill_(std::nanf(""));
  DeviceModel model(SmallWeights(broken), options_of(small_llama(), Precision::kFp32), device.name,
                    std::move(device.runner));
  const std::vector<TokenId> text{1, 2};
  const std::vector<BlockNumber> blocks{0};
  Sampling wish;
  for (const double temperature : {0.0, 1.0}) {
    wish.temperature = temperature;
    EXPECT_THROW(model.compute(std::vector{StepPart{text, 0, blocks, &wish, 0}}),
                 std::runtime_error);
  }
}

TEST(DeviceModel, MemoryWithoutABlockIsAnError) {
  TestDevice device = test_device();
  if (device.runner == nullptr) GTEST_SKIP() << "no GPU on this machine";
  PagedModelOptions options = options_of(small_llama(), Precision::kFp32);
  options.memory_bytes = 1;
  EXPECT_THAT(error_of([&] {
                DeviceModel(*drawn_weights(small_llama(), 1), options, device.name,
                            std::move(device.runner));
              }),
              testing::HasSubstr("hold no keys and values"));
}

TEST(DeviceModel, TeamsOfSeveralThreadsWaitForEachOther) {
  ServedModelPair models(small_llama(), kBlock);
  DeviceModel model(SmallWeights(models.trained), options_of(small_llama(), Precision::kFp32),
                    "cpu", make_threads_runner());
  const std::vector texts{random_text(1, 70, 14), random_text(2, 9, 14)};
  const std::vector<std::size_t> chunks{60, 1};
  expect_same_in_steps(model, *models.served, texts, chunks, kNearF32);
}

}  // namespace
}  // namespace tandem

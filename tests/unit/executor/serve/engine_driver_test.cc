#include "executor/serve/engine_driver.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

#include "executor/front/cached_prefixes.h"
#include "policies/batch/batch_registry.h"
#include "tests/support/arithmetic_model.h"

namespace tandem {
namespace {

/// A model that says the tokens it is told to.
class Reciting final : public ArithmeticModel {
 public:
  using ArithmeticModel::ArithmeticModel;
  std::vector<TokenId> says;  ///< To everybody, by the answer's tokens so far; then zeros.

  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    std::vector<GivenToken> given;
    for (const StepPart& part : parts) {
      if (part.sampling == nullptr) continue;
      const TokenId token = part.generated < says.size() ? says[part.generated] : 0;
      given.push_back({.token = token, .logprob = 0, .alternatives = {}});
    }
    return given;
  }
};

struct Bench {
  Tenants tenants = one_tenant();
  Reciting model;
  Time now{};
  EngineDriver driver;
  std::map<EngineDriver::Key, std::vector<TokenId>> given;
  std::map<EngineDriver::Key, FinishReason> ended;

  explicit Bench(const EngineSettings& settings = {}, std::int64_t context = 20,
                 bool tells_prefixes = false)
      : model({.block_tokens = 4, .blocks = 8, .context = context, .vocabulary = 50}),
        driver({.engine = EngineDriver::settings_for(model, settings),
                .end_tokens = {7, 8},
                .tells_prefixes = tells_prefixes},
               make_batch_policy("fifo", tenants), model, [this] { return now; }) {}

  static Tenants one_tenant() {
    Tenants tenants;
    tenants.add("default");
    return tenants;
  }
  bool submit(EngineDriver::Key key, std::size_t prompt, std::uint32_t most,
              const Sampling& sampling = {}) {
    Generation generation;
    generation.prompt.assign(prompt, 1);
    generation.max_tokens = most;
    generation.sampling = sampling;
    return driver.submit(key, generation, now);
  }
  void run() {
    while (!driver.idle()) step();
  }
  void step() {
    const StepOutcome& outcome = driver.step();
    for (const auto& [key, token] : outcome.given) given[key].push_back(token.token);
    for (const auto& end : outcome.ended) ended[end.key] = end.reason;
  }
};

TEST(EngineDriver, AnEndOfTextIsNotGiven) {
  Bench bench;
  bench.model.says = {5, 6, 8, 9};
  EXPECT_TRUE(bench.submit(1, 3, 10));
  bench.run();
  EXPECT_EQ(bench.given[1], (std::vector<TokenId>{5, 6}));
  EXPECT_EQ(bench.ended.at(1), FinishReason::kStop);
}

TEST(EngineDriver, BeforeTheLeastTokensAnEndIsOneLikeAnyOther) {
  Bench bench;
  bench.model.says = {7, 6, 7, 9};
  bench.submit(1, 3, 10, {.min_tokens = 2});
  bench.submit(2, 3, 4, {.ignore_end = true});
  bench.submit(3, 3, 10);
  bench.run();
  EXPECT_EQ(bench.given[1], (std::vector<TokenId>{7, 6}));
  EXPECT_EQ(bench.ended.at(1), FinishReason::kStop);
  EXPECT_EQ(bench.given[2], (std::vector<TokenId>{7, 6, 7, 9}));
  EXPECT_EQ(bench.ended.at(2), FinishReason::kLength);
  EXPECT_TRUE(bench.given[3].empty());
  EXPECT_EQ(bench.ended.at(3), FinishReason::kStop);
}

TEST(EngineDriver, WhoIsTakenUpIsToldOnceWithItsWait) {
  Bench bench({.batch_tokens = 8, .max_sequences = 1});
  bench.submit(1, 3, 2);
  bench.submit(2, 3, 2);
  std::string began;
  while (!bench.driver.idle()) {
    bench.now += std::chrono::seconds(1);
    for (const auto& [key, waited] : bench.driver.step().began) {
      began += fmt::format("{} after {} ", key, to_seconds(waited));
    }
  }
  EXPECT_EQ(began, "1 after 1 2 after 3 ");
}

TEST(EngineDriver, PrefixesThatComeAndGoAreToldInOrder) {
  Bench bench({.batch_tokens = 64, .max_sequences = 1, .prefix_caching = true}, 40, true);
  const std::vector<TokenId> first(9, 1);
  const std::vector<TokenId> second(29, 2);
  const auto names = prefix_hashes({}, first, 4);
  CachedPrefixes told;
  const auto answer = [&](const std::vector<TokenId>& prompt) {
    Generation generation;
    generation.prompt = prompt;
    generation.max_tokens = 2;
    bench.driver.submit(prompt.size(), std::move(generation), {});
    while (!bench.driver.idle()) told.apply(bench.driver.step().prefixes);
  };
  answer(first);
  EXPECT_EQ(told.found(names), 2);
  answer(second);  // Eight blocks, and there are no more.
  EXPECT_EQ(told.found(names), 0);
  EXPECT_EQ(told.found(prefix_hashes({}, second, 4)), 7);
}

TEST(EngineDriver, AnAnswerEndsAtTheContext) {
  Bench bench;
  EXPECT_TRUE(bench.submit(1, 15, 100));
  bench.run();
  EXPECT_EQ(bench.given[1].size(), 5U);
  EXPECT_EQ(bench.ended.at(1), FinishReason::kLength);
}

TEST(EngineDriver, WhatCanNeverBeServedIsNotTakenIn) {
  Bench bench;
  EXPECT_FALSE(bench.submit(1, 20, 1));  // The prompt alone is the context.
  EXPECT_FALSE(bench.submit(2, 0, 1));
  EXPECT_FALSE(bench.submit(3, 1, 0));
  Generation foreign;
  foreign.prompt = {50};
  foreign.max_tokens = 1;
  EXPECT_FALSE(bench.driver.submit(4, foreign, {}));
  Bench small({}, 100);
  EXPECT_TRUE(small.submit(1, 20, 13));   // Its last token needs no place.
  EXPECT_FALSE(small.submit(2, 20, 14));  // 33 tokens to compute, of 32.
  EXPECT_TRUE(bench.driver.idle());
  bench.step();
  EXPECT_TRUE(bench.given.empty());
}

TEST(EngineDriver, WhoIsCancelledHoldsNothing) {
  Bench bench;
  bench.submit(1, 6, 10);
  bench.submit(2, 6, 10);
  bench.step();
  EXPECT_EQ(bench.driver.figures().blocks_held, 4);
  bench.driver.cancel(1);
  bench.driver.cancel(1);
  EXPECT_EQ(bench.driver.figures().blocks_held, 2);
  EXPECT_EQ(bench.driver.figures().running, 1);
  bench.run();
  EXPECT_EQ(bench.given[1].size(), 1U);
  EXPECT_EQ(bench.given[2].size(), 10U);
  EXPECT_TRUE(bench.submit(1, 3, 1));  // Its name is free again.
}

TEST(EngineDriver, FiguresAreOfTheLastStep) {
  Bench bench({.max_sequences = 1, .prefix_caching = true});
  bench.submit(1, 9, 2);
  bench.submit(2, 9, 2);
  bench.step();
  const EngineFigures figures = bench.driver.figures();
  EXPECT_EQ(figures.waiting, 1);
  EXPECT_EQ(figures.running, 1);
  EXPECT_EQ(figures.blocks, 8);
  EXPECT_EQ(figures.last_step_tokens, 9);
  bench.run();
  EXPECT_EQ(bench.driver.figures().cached_tokens, 8);  // Of the second, its two whole blocks.
  EXPECT_EQ(bench.driver.figures().prompt_tokens, 18);
}

}  // namespace
}  // namespace tandem

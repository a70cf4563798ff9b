// Laws of a real engine: whatever else is in its batches, a request is given what it would be given
// alone; and its journal decides every batch again.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/serve/engine_driver.h"
#include "policies/batch/batch_registry.h"
#include "policies/batch/engine_replay.h"
#include "tests/support/arithmetic_model.h"
#include "tests/support/every_batch_policy.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

using Key = EngineDriver::Key;

struct Told {
  Generation generation;
  std::vector<TokenId> given;
  std::optional<FinishReason> reason;
  bool cancelled = false;
};

class Bench {
 public:
  Bench(std::uint64_t seed, const std::string& policy) : random_(seed) {
    shape_.block_tokens = random_.chance(50) ? 4 : 8;
    shape_.blocks = random_.between(10, random_.chance(70) ? 40 : 300);
    shape_.context = random_.between(20, 150);
    model_ = std::make_unique<ArithmeticModel>(shape_);
    for (int i = 0; i < 3; ++i) tenants_.add("t" + std::to_string(i), {}, 1.0 + i);
    end_tokens_ = {3, 11};
    EngineSettings engine;
    engine.max_sequences = random_.between(1, 12);
    engine.batch_tokens = engine.max_sequences + random_.between(0, 60);
    engine.watermark_blocks = random_.chance(30) ? 2 : 0;
    engine.chunked_prefill = random_.chance(80);
    engine.prefix_caching = random_.chance(70);
    engine.swap_blocks = random_.chance(60) ? random_.between(5, 60) : 0;
    engine.tenants = tenants_.size();
    engine = EngineDriver::settings_for(*model_, engine);
    writer_.begin({policy, engine, tenants_});
    driver_ = std::make_unique<EngineDriver>(
        EngineDriver::Settings{.engine = engine,
                               .end_tokens = end_tokens_,
                               .first_token_limit = Duration{100},
                               .prefix_key = {seed, 1}},
        make_batch_policy(policy, tenants_), *model_, [this] { return now_; }, &writer_);
  }

  void run(int requests) {
    while (requests > 0 || !driver_->idle()) {
      while (requests > 0 && random_.chance(30)) submit(static_cast<Key>(requests--));
      if (random_.chance(5)) cancel_somebody();
      now_ += Duration{random_.between(1, 5)};
      const StepOutcome& outcome = driver_->step();
      for (const auto& [key, token] : outcome.given) told_.at(key).given.push_back(token.token);
      for (const auto& end : outcome.ended) told_.at(end.key).reason = end.reason;
    }
    EXPECT_EQ(driver_->figures().blocks_held, 0);
    writer_.finish();
  }

  void check_answers() const {
    for (const auto& [key, told] : told_) {
      const auto alone = model_->alone(told.generation, end_tokens_);
      SCOPED_TRACE(key);
      if (told.cancelled) {
        ASSERT_FALSE(told.reason);
        ASSERT_LE(told.given.size(), alone.tokens.size());
        ASSERT_TRUE(std::equal(told.given.begin(), told.given.end(), alone.tokens.begin()));
      } else {
        ASSERT_EQ(told.given, alone.tokens);
        ASSERT_EQ(told.reason, alone.reason);
      }
    }
  }

  const std::string& journal() const { return journal_; }
  const EngineCounts& counts() const { return driver_->engine().counts(); }

 private:
  void submit(Key key) {
    Generation generation = random_generation();
    const std::int64_t prompt = std::ssize(generation.prompt);
    const std::int64_t most =
        std::min<std::int64_t>(generation.max_tokens, shape_.context - prompt);
    const bool fits = most > 0 && prompt + most - 1 <= shape_.blocks * shape_.block_tokens;
    ASSERT_EQ(driver_->submit(key, generation, now_), fits);
    if (fits)
      told_.emplace(key, Told{.generation = std::move(generation), .given = {}, .reason = {}});
  }

  Generation random_generation() {
    Generation generation;
    // The beginning of one of two texts, and something of its own.
    const std::uint32_t text = random_.below(2);
    const std::int64_t shared = random_.between(1, 60);
    for (std::uint32_t i = 0; i < shared; ++i) generation.prompt.push_back((i * 7 + text) % 40);
    for (std::int64_t i = random_.between(-5, 30); i > 0; --i) {
      generation.prompt.push_back(random_.below(40));
    }
    generation.max_tokens = static_cast<std::uint32_t>(random_.between(1, 60));
    generation.sampling.seed = random_.below(3);
    generation.sampling.ignore_end = random_.chance(30);
    generation.sampling.min_tokens = random_.chance(30) ? random_.below(20) : 0;
    generation.tenant = {random_.below(3)};
    generation.priority = random_.between(0, 3);
    return generation;
  }

  void cancel_somebody() {
    if (told_.empty()) return;
    auto at = told_.begin();
    std::advance(at, random_.below(static_cast<std::uint32_t>(told_.size())));
    driver_->cancel(at->first);
    at->second.cancelled |= !at->second.reason;
  }

  Random random_;
  ArithmeticModel::Shape shape_;
  std::unique_ptr<ArithmeticModel> model_;
  Tenants tenants_;
  std::vector<TokenId> end_tokens_;
  std::string journal_;
  EngineJournalWriter writer_{[this](std::string_view text) { journal_ += text; }};
  Time now_{};
  std::unique_ptr<EngineDriver> driver_;
  std::map<Key, Told> told_;
};

class RealEngine : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, RealEngine, testing::ValuesIn(every_batch_policy()), test_name);

TEST_P(RealEngine, GivesEverybodyWhatItWouldBeGivenAlone) {
  for (std::uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(seed);
    Bench bench(seed, GetParam());
    bench.run(40);
    bench.check_answers();
    if (HasFailure()) return;
  }
}

TEST_P(RealEngine, DecidesEveryBatchOfItsJournalAgain) {
  for (std::uint64_t seed = 1; seed <= seeds(20); ++seed) {
    SCOPED_TRACE(seed);
    Bench bench(seed, GetParam());
    bench.run(40);
    EngineJournalReader reader(whole_lines(bench.journal()), "journal");
    EngineReplay replay(reader);
    while (replay.step()) {
    }
    ASSERT_TRUE(reader.complete());
    ASSERT_TRUE(replay.engine().idle());
    ASSERT_EQ(replay.engine().counts().steps, bench.counts().steps);
    ASSERT_EQ(replay.engine().counts().cached_tokens, bench.counts().cached_tokens);
    ASSERT_EQ(replay.engine().counts().evictions, bench.counts().evictions);
  }
}

TEST_P(RealEngine, EqualRunsHaveEqualJournals) {
  Bench one(7, GetParam());
  Bench other(7, GetParam());
  one.run(40);
  other.run(40);
  ASSERT_EQ(one.journal(), other.journal());
}

}  // namespace
}  // namespace tandem

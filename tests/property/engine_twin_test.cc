// The twin: an engine on the simulated clock and a real one, whose model takes as long as the cost
// model says, serve the same requests at the same times.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "executor/serve/engine_driver.h"
#include "tests/support/arithmetic_model.h"
#include "tests/support/engine_run.h"
#include "tests/support/every_batch_policy.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

constexpr Duration kStep{5'000'000};
constexpr Duration kPart{300'000};
constexpr Duration kToken{40'000};
constexpr Duration kBlock{70'000};  ///< To copy one.
constexpr Duration kFirstToken{30'000'000};
constexpr PrefixKey kKey{1, 2};

std::int64_t picoseconds(Duration duration) { return duration.count() * 1000; }

class EvenCost final : public StepCost {
 public:
  StepLine line(const BatchShape& shape) const override {
    const std::int64_t parts = shape.prefill_requests + shape.decode_requests;
    const std::int64_t tokens = shape.prefill_tokens + shape.decode_requests;
    return {picoseconds(kStep + parts * kPart + tokens * kToken), 0, std::int64_t{1} << 50};
  }
};

class TimedModel final : public ArithmeticModel {
 public:
  using ArithmeticModel::ArithmeticModel;
  Time now{};

  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    now += kStep + std::ssize(parts) * kPart;
    for (const StepPart& part : parts) now += std::ssize(part.tokens) * kToken;
    return ArithmeticModel::compute(parts);
  }
  std::vector<std::byte> copy_out(std::span<const BlockNumber> blocks) override {
    now += std::ssize(blocks) * kBlock;
    return ArithmeticModel::copy_out(blocks);
  }
  void copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks) override {
    now += std::ssize(blocks) * kBlock;
    ArithmeticModel::copy_in(saved, blocks);
  }
};

struct Case {
  Tenants tenants;
  ArithmeticModel::Shape shape{.block_tokens = 8, .blocks = 0, .context = 200, .vocabulary = 40};
  EngineSettings settings;
  std::vector<RequestArrival> arrivals;
  std::vector<Generation> generations;
};

Generation random_generation(Random& random) {
  Generation generation;
  for (std::uint32_t i = 0; i < random.below(60); ++i) generation.prompt.push_back(i % 40);
  for (std::int64_t i = random.between(1, 60); i > 0; --i) {
    generation.prompt.push_back(random.below(40));
  }
  generation.max_tokens = static_cast<std::uint32_t>(random.between(1, 60));
  generation.sampling.ignore_end = true;
  generation.priority = random.between(0, 3);
  return generation;
}

Case random_case(std::uint64_t seed) {
  Random random(seed);
  Case drawn;
  drawn.tenants.add("default");
  drawn.shape.blocks = random.between(25, random.chance(70) ? 50 : 300);
  EngineSettings& settings = drawn.settings;
  settings.max_sequences = random.between(1, 12);
  settings.batch_tokens = settings.max_sequences + random.between(0, 100);
  settings.chunked_prefill = random.chance(80);
  settings.prefix_caching = random.chance(70);
  settings.swap_blocks = random.chance(60) ? random.between(5, 60) : 0;
  const std::int64_t gap_ns = random.chance(50) ? 20'000'000 : 200'000'000;
  Time now{};
  for (std::uint32_t i = 0; i < 60; ++i) {
    if (!random.chance(20)) now += Duration{random.between(1, 2 * gap_ns)};
    const Generation& generation = drawn.generations.emplace_back(random_generation(random));
    RequestArrival& arrival = drawn.arrivals.emplace_back();
    Request& request = arrival.request;
    request.id = {i};
    request.priority = generation.priority;
    request.arrival = now;
    request.deadline = now + kFirstToken;
    request.prompt_tokens = static_cast<std::uint32_t>(generation.prompt.size());
    request.output_limit = arrival.output_tokens = generation.max_tokens;
    request.prefix = prefix_hashes(kKey, generation.prompt, drawn.shape.block_tokens);
  }
  return drawn;
}

/// When a request was given its first and its last token, in nanoseconds.
using Times = std::pair<std::int64_t, std::int64_t>;

std::int64_t nanoseconds(Time time) { return time.time_since_epoch().count(); }

std::vector<Times> simulated(const Case& drawn, const std::string& policy) {
  const ArithmeticModel model(drawn.shape);
  ServingEngine::Settings settings;
  settings.engine = EngineDriver::settings_for(model, drawn.settings);
  settings.engine.number_blocks = false;
  settings.swap_ps_per_block = picoseconds(kBlock);
  const EngineRun run = run_engine(settings, policy, drawn.tenants, EvenCost{}, drawn.arrivals);
  std::vector<Times> times(drawn.arrivals.size());
  for (const ServedRequest& request : run.ended) {
    times[request.arrival.request.id.value] = {nanoseconds(*request.first_token),
                                               nanoseconds(request.last_token.time)};
  }
  return times;
}

std::vector<Times> real(const Case& drawn, const std::string& policy) {
  TimedModel model(drawn.shape);
  EngineDriver driver({.engine = EngineDriver::settings_for(model, drawn.settings),
                       .end_tokens = {},
                       .first_token_limit = kFirstToken,
                       .prefix_key = kKey},
                      make_batch_policy(policy, drawn.tenants), model, [&] { return model.now; });
  std::vector<Times> times(drawn.arrivals.size());
  std::vector<bool> is_begun(times.size());
  for (std::size_t next = 0; next < times.size() || !driver.idle();) {
    if (driver.idle()) model.now = std::max(model.now, drawn.arrivals[next].request.arrival);
    for (; next < times.size() && drawn.arrivals[next].request.arrival <= model.now; ++next) {
      const Time arrival = drawn.arrivals[next].request.arrival;
      EXPECT_TRUE(driver.submit(next, drawn.generations[next], arrival));
    }
    for (const auto& [key, token] : driver.step().given) {
      if (!is_begun[key]) times[key].first = nanoseconds(model.now);
      is_begun[key] = true;
      times[key].second = nanoseconds(model.now);
    }
  }
  return times;
}

/// Without promotions: they count waiting from when an engine hears of a request, and a real one
/// hears nothing during a step.
std::vector<std::string> policies() {
  std::vector<std::string> policies = every_batch_policy();
  for (std::string& policy : policies) {
    const std::string promotion = ":promote=2";
    const std::size_t at = policy.find(promotion);
    if (at != std::string::npos) policy.erase(at, promotion.size());
  }
  return policies;
}

class Twin : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, Twin, testing::ValuesIn(policies()), test_name);

TEST_P(Twin, GivesEveryTokenAtTheSameTime) {
  for (std::uint64_t seed = 1; seed <= seeds(30); ++seed) {
    SCOPED_TRACE(seed);
    const Case drawn = random_case(seed);
    ASSERT_EQ(real(drawn, GetParam()), simulated(drawn, GetParam()));
  }
}

}  // namespace
}  // namespace tandem

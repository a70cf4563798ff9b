// The first step after a pause: whose, how much longer, and alike whether steps are made one by
// one.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "sim/check/listed_scenario.h"
#include "sim/serving/serving_engine.h"
#include "tests/support/engine_run.h"

namespace tandem {
namespace {

/// 10 ms a step, 3 ms more after a pause.
class ColdCost final : public StepCost {
 public:
  StepLine line(const BatchShape& /*shape*/) const override {
    return {10'000'000'000, 0, std::numeric_limits<std::int64_t>::max()};
  }
  std::int64_t after_pause_ps(const BatchShape& /*shape*/) const override { return 3'000'000'000; }
};

class EnginePause : public testing::TestWithParam<bool> {
 protected:
  EnginePause() {
    tenants_.add("default");
    ServingEngine::Settings settings;
    settings.engine.kv_blocks = 1000;
    settings.step_by_step = GetParam();
    engine_ = std::make_unique<ServingEngine>(settings, make_batch_policy("fifo", tenants_), cost_,
                                              heard_);
  }
  /// Of the request, when the engine has nothing to do any more.
  ServedRequest served(double arrival_s, std::uint32_t answer, std::uint32_t generated = 0) {
    Request request;
    request.arrival = at_second(arrival_s);
    request.prompt_tokens = 16;
    request.output_limit = answer;
    engine_->submit({.arrival = {request, answer}, .answer = answer, .generated = generated},
                    request.arrival);
    std::vector<ServedRequest> ended;
    while (engine_->next_time() != kForever) engine_->advance(engine_->next_time(), ended);
    return ended.at(0);
  }

  Tenants tenants_;
  ColdCost cost_;
  Heard heard_;
  std::unique_ptr<ServingEngine> engine_;
};

TEST_P(EnginePause, CostsTheFirstStepAfterIt) {
  const ServedRequest first = served(1, 4);
  EXPECT_EQ(first.first_token, at_second(1.013));
  EXPECT_EQ(first.last_token.time, at_second(1.043));
}

TEST_P(EnginePause, IsNoneIfItIsShort) {
  served(1, 1);  // Until 1.013 s.
  EXPECT_EQ(served(1.017, 1).first_token, at_second(1.027));
  EXPECT_EQ(served(1.032, 1).first_token, at_second(1.045));
}

TEST_P(EnginePause, CostsOneStepOfARunOfThem) {
  // Its keys and values are at hand: it decodes at once.
  EXPECT_EQ(served(1, 5, 1).last_token.time, at_second(1.043));
}

INSTANTIATE_TEST_SUITE_P(StepByStepOrNot, EnginePause, testing::Bool());

}  // namespace
}  // namespace tandem

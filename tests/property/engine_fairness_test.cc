// What fair-share promises to tenants of a real engine: the bound of virtual token counters, and
// that a tenant who sends ten times as much keeps nobody waiting.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "executor/serve/engine_driver.h"
#include "policies/batch/batch_registry.h"
#include "policies/batch/list_batch_policy.h"
#include "tests/support/arithmetic_model.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

/// The arithmetic takes time, on a clock of its own: most of a step goes into reading the weights.
class TimedModel final : public ArithmeticModel {
 public:
  using ArithmeticModel::ArithmeticModel;
  Time now{};

  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    std::int64_t tokens = 0;
    for (const StepPart& part : parts) tokens += std::ssize(part.tokens);
    now += kStep + tokens * kToken;
    return ArithmeticModel::compute(parts);
  }

 private:
  static constexpr Duration kStep{10'000'000};
  static constexpr Duration kToken{20'000};
};

Generation generation_of(Random& random, TenantId tenant) {
  Generation generation;
  generation.tenant = tenant;
  for (std::int64_t i = random.between(20, 100); i > 0; --i) {
    generation.prompt.push_back(random.below(40));
  }
  generation.max_tokens = static_cast<std::uint32_t>(random.between(10, 60));
  generation.sampling.ignore_end = true;
  return generation;
}

struct Arrival {
  Time time;
  Generation generation;
};

/// A request every `gap` in the mean, for `seconds`.
void add_arrivals(std::uint64_t seed, TenantId tenant, double gap_s, double seconds,
                  std::vector<Arrival>& arrivals) {
  Random random(seed);
  double now = 0;
  while (true) {
    const double even = (static_cast<double>(random.below(1U << 30)) + 1) / (1U << 30);
    now -= gap_s * std::log(even);
    if (now > seconds) return;
    arrivals.push_back(
        {Time{Duration{static_cast<std::int64_t>(now * 1e9)}}, generation_of(random, tenant)});
  }
}

/// The mean time to the first token of the first tenant's requests, in seconds.
double mean_ttft(const std::string& policy, std::vector<Arrival> arrivals) {
  std::ranges::stable_sort(arrivals, {}, &Arrival::time);
  Tenants tenants;
  tenants.add("light");
  tenants.add("heavy");
  TimedModel model({.block_tokens = 16, .blocks = 1000, .context = 200, .vocabulary = 40});
  const EngineSettings engine =
      EngineDriver::settings_for(model, {.batch_tokens = 512, .max_sequences = 64, .tenants = 2});
  EngineDriver driver({.engine = engine, .end_tokens = {}}, make_batch_policy(policy, tenants),
                      model, [&] { return model.now; });
  std::vector<bool> has_token(arrivals.size());
  double sum = 0;
  std::int64_t count = 0;
  for (std::size_t next = 0; next < arrivals.size() || !driver.idle();) {
    if (driver.idle()) model.now = std::max(model.now, arrivals[next].time);
    for (; next < arrivals.size() && arrivals[next].time <= model.now; ++next) {
      EXPECT_TRUE(driver.submit(next, arrivals[next].generation, arrivals[next].time));
    }
    for (const auto& [key, token] : driver.step().given) {
      const Arrival& arrival = arrivals[key];
      if (arrival.generation.tenant.value != 0 || has_token[key]) continue;
      has_token[key] = true;
      sum += to_seconds(model.now - arrival.time);
      ++count;
    }
  }
  return sum / static_cast<double>(count);
}

TEST(FairShare, ATenantWithTenTimesTheLoadKeepsNobodyWaiting) {
  // Together they want more than the engine has. Whoever is next waits for the end of a step and
  // for a place: of 64, with answers of 35 tokens, two a step become free. (Of 16, one in two
  // steps: with so few places the light tenant waits 2.3 times as long as alone, unless others
  // give way.)
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(seed);
    std::vector<Arrival> light;
    add_arrivals(seed, {0}, 0.06, 20, light);
    std::vector<Arrival> both = light;
    add_arrivals(seed + 100, {1}, 0.006, 20, both);
    const double alone = mean_ttft("fair-share", light);
    EXPECT_LE(mean_ttft("fair-share", both), 2 * alone);
    EXPECT_LE(mean_ttft("fair-share+preempt:quantum=8", both), 2 * alone);
    EXPECT_GT(mean_ttft("fifo", both), 2 * alone);
  }
}

TEST(FairShare, CountersOfBackloggedTenantsStayWithinTheirBound) {
  // Sheng et al. (OSDI'24), theorem 4.4, as tests/property/serving_laws_test.cc has it.
  for (std::uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Tenants tenants;
    double least_shares = 3;
    for (int i = 0; i < 3; ++i) {
      const auto shares = static_cast<double>(random.between(1, 3));
      least_shares = std::min(least_shares, shares);
      tenants.add("t" + std::to_string(i), {}, shares);
    }
    auto owned = std::make_unique<VirtualTokenCounter>(tenants, 1, 2);
    VirtualTokenCounter& counter = *owned;
    BatchRules rules;
    rules.order_moves = true;
    EngineSettings settings;
    settings.max_sequences = random.between(1, 12);
    settings.batch_tokens = settings.max_sequences + random.between(0, 100);
    settings.prefix_caching = random.chance(50);
    settings.tenants = tenants.size();
    // Large enough for all of a batch: the theorem knows no evictions.
    TimedModel model({.block_tokens = 16,
                      .blocks = settings.max_sequences * 13,
                      .context = 200,
                      .vocabulary = 40});
    EngineDriver driver({.engine = EngineDriver::settings_for(model, settings), .end_tokens = {}},
                        std::make_unique<ListBatchPolicy>(std::move(owned), &counter, rules), model,
                        [&] { return model.now; });
    for (EngineDriver::Key key = 0; key < 100; ++key) {
      ASSERT_TRUE(driver.submit(key, generation_of(random, {random.below(3)}), {}));
    }
    const auto batch = static_cast<double>(model.blocks() * 16 + settings.max_sequences);
    const double bound = std::max(100.0, 2 * batch) / least_shares;
    while (!driver.idle()) {
      driver.step();
      double least = 1e300;
      double most = 0;
      for (const Tenant& tenant : tenants.all()) {
        if (counter.waiting(tenant.id) == 0) continue;
        least = std::min(least, counter.counter(tenant.id));
        most = std::max(most, counter.counter(tenant.id));
      }
      ASSERT_LE(most - least, bound + 1e-3);
    }
    ASSERT_EQ(driver.figures().evictions, 0);
  }
}

}  // namespace
}  // namespace tandem

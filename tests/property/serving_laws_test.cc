// Laws of serving engines, on random requests under every batch policy.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "policies/batch/list_batch_policy.h"
#include "tests/support/engine_run.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

struct Case {
  Tenants tenants;
  ServingEngine::Settings settings;
  std::vector<RequestArrival> requests;
  PlainCost cost;
};

EngineSettings random_engine(Random& random, std::size_t tenants) {
  EngineSettings engine;
  engine.block_tokens = random.chance(50) ? 16 : 4;
  engine.kv_blocks = random.between(40, random.chance(50) ? 120 : 2000);
  engine.max_sequences = random.between(1, 40);
  engine.batch_tokens = engine.max_sequences + random.between(0, 300);
  engine.watermark_blocks = random.chance(30) ? random.between(1, 8) : 0;
  engine.chunked_prefill = random.chance(80);
  engine.prefix_caching = random.chance(70);
  engine.hash_tokens = random.chance(50) ? engine.block_tokens * 4 : 0;
  engine.swap_blocks = random.chance(50) ? random.between(10, 500) : 0;
  engine.tenants = tenants;
  return engine;
}

RequestArrival random_request(Random& random, const Case& drawn, std::uint32_t number, Time now) {
  RequestArrival arrival;
  Request& request = arrival.request;
  const std::int64_t most = std::min<std::int64_t>(
      600, drawn.settings.engine.kv_blocks * drawn.settings.engine.block_tokens - 1);
  request.id = {number};
  request.tenant = {random.below(static_cast<std::uint32_t>(drawn.tenants.size()))};
  request.priority = random.between(0, 3);
  request.arrival = now;
  request.deadline = now + Duration{random.between(1, 2'000'000'000)};
  request.prompt_tokens = static_cast<std::uint32_t>(random.between(1, most / 2));
  arrival.output_tokens = static_cast<std::uint32_t>(random.between(1, most / 2));
  request.output_limit = arrival.output_tokens;
  request.predicted_output = static_cast<std::uint32_t>(random.between(1, most / 2));
  const std::uint32_t size = drawn.settings.engine.hash_tokens;
  if (size == 0) return arrival;
  // Few conversations, each a chain of hashes, of which a prompt has the beginning.
  const std::uint64_t conversation = random.below(3);
  const std::uint64_t own = random.chance(30) ? number + 1 : 0;
  for (std::uint32_t i = 0; i * size < request.prompt_tokens; ++i) {
    const bool last = (i + 1) * size >= request.prompt_tokens;
    request.prefix.push_back(conversation * 1'000'000 + i * 1000 + (last ? own : 0));
  }
  return arrival;
}

Case random_case(std::uint64_t seed) {
  Random random(seed);
  Case drawn;
  const std::int64_t tenants = random.between(1, 4);
  for (std::int64_t i = 0; i < tenants; ++i) {
    drawn.tenants.add("t" + std::to_string(i), {}, static_cast<double>(random.between(1, 3)));
  }
  drawn.settings.engine = random_engine(random, drawn.tenants.size());
  drawn.settings.swap_ps_per_block = 40'000'000;
  if (random.chance(30)) drawn.cost.knee = random.between(100, 3000);
  const std::int64_t gap_ns = random.chance(50) ? 20'000'000 : 300'000'000;
  Time now{};
  for (std::uint32_t i = 0; i < 120; ++i) {
    if (!random.chance(20)) now += Duration{random.between(1, 2 * gap_ns)};
    drawn.requests.push_back(random_request(random, drawn, i, now));
  }
  return drawn;
}

const std::vector<std::string>& batch_policies() {
  static const std::vector<std::string> policies{"fifo",
                                                 "fifo+swap",
                                                 "fifo+prefill-first",
                                                 "fifo+victim:by=largest",
                                                 "priority-aging",
                                                 "priority-aging+preempt+victim:by=lowest",
                                                 "fair-share",
                                                 "fair-share+prefill-first+swap",
                                                 "sjf:size=predicted",
                                                 "srpt+preempt:quantum=4",
                                                 "edf+preempt+swap",
                                                 "las:quantum=64+preempt:quantum=8",
                                                 "mlfq:first=64+preempt:quantum=8",
                                                 "mlfq:first=64:promote=2"};
  return policies;
}

class BatchPolicies : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(All, BatchPolicies, testing::ValuesIn(batch_policies()),
                         [](const auto& instance) {
                           std::string name = instance.param;
                           std::replace_if(
                               name.begin(), name.end(), [](char c) { return !std::isalnum(c); },
                               '_');
                           return name;
                         });

TEST_P(BatchPolicies, ManyStepsAtOnceAreTheSameAsOneByOne) {
  for (std::uint64_t seed = 1; seed <= seeds(60); ++seed) {
    SCOPED_TRACE(seed);
    Case drawn = random_case(seed);
    const EngineRun jumps =
        run_engine(drawn.settings, GetParam(), drawn.tenants, drawn.cost, drawn.requests);
    drawn.settings.step_by_step = true;
    const EngineRun steps =
        run_engine(drawn.settings, GetParam(), drawn.tenants, drawn.cost, drawn.requests);
    ASSERT_EQ(jumps.ended.size(), steps.ended.size());
    for (std::size_t i = 0; i < steps.ended.size(); ++i) {
      ASSERT_EQ(jumps.ended[i].arrival.request.id, steps.ended[i].arrival.request.id);
      ASSERT_EQ(jumps.ended[i].first_token, steps.ended[i].first_token);
      ASSERT_EQ(jumps.ended[i].last_token, steps.ended[i].last_token);
      ASSERT_EQ(jumps.ended[i].evictions, steps.ended[i].evictions);
    }
    ASSERT_TRUE(jumps.heard.gaps == steps.heard.gaps);
    ASSERT_TRUE(jumps.heard.loads == steps.heard.loads);
    ASSERT_EQ(jumps.counts.steps, steps.counts.steps);
    ASSERT_EQ(jumps.counts.evictions, steps.counts.evictions);
    ASSERT_EQ(jumps.counts.cached_tokens, steps.counts.cached_tokens);
  }
}

TEST_P(BatchPolicies, EveryRequestGetsAllItsTokensAndNoBlockIsLost) {
  for (std::uint64_t seed = 1; seed <= seeds(60); ++seed) {
    SCOPED_TRACE(seed);
    const Case drawn = random_case(seed);
    const EngineRun run =
        run_engine(drawn.settings, GetParam(), drawn.tenants, drawn.cost, drawn.requests);
    ASSERT_EQ(run.ended.size(), drawn.requests.size());
    ASSERT_EQ(run.blocks_left, 0);
    std::int64_t tokens = 0;
    for (const ServedRequest& request : run.ended) {
      ASSERT_GT(*request.first_token, request.arrival.request.arrival);
      ASSERT_GE(request.last_token.ceiling(), *request.first_token);
      tokens += request.arrival.output_tokens - 1;
    }
    std::int64_t gaps = 0;
    for (const auto& [gap, count] : run.heard.gaps) gaps += count;
    ASSERT_EQ(gaps, tokens);
  }
}

class Deaf final : public ServiceRecorder {
 public:
  void arrived(ServiceId, const Request&) override {}
  void ended(const RequestRecord&) override {}
  void gave_tokens(ServiceId, const TokenGaps&) override {}
  void load(ServiceId, std::uint32_t, Time, const EngineLoad&) override {}
};

TEST(VirtualTokenCounters, TheGapOfBackloggedTenantsStaysWithinItsBound) {
  // Sheng et al., theorem 4.4: counters of tenants with requests waiting differ by at most
  // max(w_in * longest prompt, w_out * M), M being the tokens of a batch: those that fit into the
  // cache, and of each request one that is known but not yet computed. It knows no evictions, by
  // which tenants hold more tokens than that: the cache is large enough for all of a batch.
  for (std::uint64_t seed = 1; seed <= seeds(100); ++seed) {
    SCOPED_TRACE(seed);
    Case drawn = random_case(seed);
    drawn.settings.engine.hash_tokens = 0;
    drawn.settings.engine.kv_blocks = drawn.settings.engine.max_sequences * 160;
    auto counter = std::make_unique<VirtualTokenCounter>(drawn.tenants, 1, 2);
    const VirtualTokenCounter& counts = *counter;
    VirtualTokenCounter* told = counter.get();
    Deaf nobody;
    BatchRules rules;
    rules.order_moves = true;
    ServingEngine engine(drawn.settings,
                         std::make_unique<ListBatchPolicy>(std::move(counter), told, rules),
                         drawn.cost, nobody);
    double longest = 0;
    for (RequestArrival& arrival : drawn.requests) {  // All at once: a backlog of everybody.
      arrival.request.prefix.clear();
      arrival.request.arrival = {};
      longest = std::max(longest, static_cast<double>(arrival.request.prompt_tokens));
      engine.submit({.arrival = arrival}, {});
    }
    const EngineSettings& engine_settings = drawn.settings.engine;
    const double batch = static_cast<double>(
        engine_settings.kv_blocks * engine_settings.block_tokens + engine_settings.max_sequences);
    double least_shares = 3;
    for (const Tenant& tenant : drawn.tenants.all()) {
      least_shares = std::min(least_shares, tenant.shares);
    }
    const double bound = std::max(longest, 2 * batch) / least_shares;
    std::vector<ServedRequest> ended;
    while (engine.next_time() != kForever) {
      engine.advance(engine.next_time(), ended);
      double least = 1e300;
      double most = 0;
      for (const Tenant& tenant : drawn.tenants.all()) {
        if (counts.waiting(tenant.id) == 0) continue;
        least = std::min(least, counts.counter(tenant.id));
        most = std::max(most, counts.counter(tenant.id));
      }
      ASSERT_LE(most - least, bound + 1e-3);
    }
    ASSERT_EQ(ended.size(), drawn.requests.size());
    ASSERT_EQ(engine.engine().counts().evictions, 0);
  }
}

}  // namespace
}  // namespace tandem

// Batch policies by their names, and the decisions that set them apart.
#include <gtest/gtest.h>

#include "policies/batch/batch_registry.h"
#include "policies/batch/engine.h"
#include "policies/core/error.h"
#include "policies/orders/token_counter.h"
#include "tests/support/error_of.h"

namespace tandem {
namespace {

Request request(std::uint32_t prompt, Time arrival = {}) {
  Request request;
  request.prompt_tokens = prompt;
  request.arrival = arrival;
  return request;
}

/// An engine, and who is in its batches.
struct Bench {
  Tenants tenants;
  std::unique_ptr<BatchPolicy> policy;
  Engine engine;

  Bench(const std::string& text, const EngineSettings& settings)
      : tenants(two_tenants()),
        policy(make_batch_policy(text, tenants)),
        engine(settings, *policy) {}

  static Tenants two_tenants() {
    Tenants tenants;
    tenants.add("a");
    tenants.add("b", {}, 2);
    return tenants;
  }
  /// The requests that compute a chunk next, and how much; the step is made.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> step(std::vector<SequenceId> ended = {}) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> chunks;
    for (const Chunk& chunk : engine.next({}).chunks) {
      chunks.emplace_back(chunk.sequence.value, chunk.tokens);
    }
    engine.complete(1, ended, {});
    return chunks;
  }
};

using Chunks = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

EngineSettings small() {
  return {.kv_blocks = 10, .block_tokens = 4, .batch_tokens = 10, .max_sequences = 3, .tenants = 2};
}

TEST(BatchPolicy, UnknownNamesAreErrorsWithTheNearest) {
  EXPECT_EQ(error_of([] { canonical_batch_policy("fifoo"); }),
            "unknown batch policy 'fifoo' (did you mean 'fifo'?)");
  EXPECT_EQ(error_of([] { canonical_batch_policy("fifo+swop"); }),
            "unknown batch policy part 'swop' (did you mean 'swap'?)");
  EXPECT_EQ(error_of([] { canonical_batch_policy("fifo+swap+swap"); }),
            "batch policy 'fifo+swap+swap' has 'swap' twice");
  EXPECT_EQ(canonical_batch_policy("sjf: size=prompt + preempt"), "sjf:size=prompt+preempt");
}

TEST(BatchPolicy, PromptsAreCutToTheTokensOfAStep) {
  Bench bench("fifo", small());
  bench.engine.submit(request(14), 0, {});
  bench.engine.submit(request(5), 0, {});
  EXPECT_EQ(bench.step(), (Chunks{{0, 10}}));
  EXPECT_EQ(bench.step(), (Chunks{{0, 4}, {1, 5}}));
  EXPECT_EQ(bench.engine.decoding().size(), 2);
  EXPECT_EQ(bench.engine.decoding().context(), 15 + 6);
}

TEST(BatchPolicy, NobodyOvertakesTheFirstThatDoesNotFit) {
  Bench bench("fifo", small());
  bench.engine.submit(request(20), 0, {});
  bench.engine.submit(request(24), 0, {});  // 6 of 10 blocks, of which 5 are held.
  bench.engine.submit(request(2), 0, {});
  bench.step();
  bench.step();
  EXPECT_EQ(bench.step(), (Chunks{}));
  EXPECT_EQ(bench.engine.waiting(), 2);
}

TEST(BatchPolicy, ShortestPromptFirst) {
  Bench bench("sjf:size=prompt", small());
  bench.engine.submit(request(9), 0, {});
  bench.engine.submit(request(3), 0, {});
  EXPECT_EQ(bench.step(), (Chunks{{1, 3}, {0, 7}}));
}

TEST(BatchPolicy, TheLastAdmittedGivesWayWhenTheCacheIsFull) {
  EngineSettings settings = small();
  settings.kv_blocks = 4;
  Bench bench("fifo", settings);
  const SequenceId first = bench.engine.submit(request(7), 0, {});
  const SequenceId second = bench.engine.submit(request(7), 0, {});
  bench.step();  // 7 + 3 tokens.
  bench.step();  // The second's last 4; the first computes its eighth.
  EXPECT_EQ(bench.engine.cache().available(), 0);
  const Batch& batch = bench.engine.next({});  // A ninth token needs a third block.
  ASSERT_EQ(batch.evicted.size(), 1U);
  EXPECT_EQ(batch.evicted[0].sequence, second);
  EXPECT_FALSE(batch.evicted[0].kept);
  EXPECT_EQ(batch.decodes, 1);
  bench.engine.complete(1, {}, {});
  EXPECT_EQ(bench.engine.sequence(second).known, 8U);
  EXPECT_EQ(bench.engine.sequence(second).computed, 0U);
  bench.engine.next({});
  bench.engine.complete(1, std::vector{first}, {});
  EXPECT_EQ(bench.step(), (Chunks{{second.value, 8}}));
  EXPECT_EQ(bench.engine.counts().computed_again, 8);
}

TEST(BatchPolicy, WhoGaveWayComputesOnlyWhatOthersHaveOverwritten) {
  EngineSettings settings = small();
  settings.kv_blocks = 4;
  settings.prefix_caching = true;
  Bench bench("fifo", settings);
  const SequenceId first = bench.engine.submit(request(7), 0, {});
  const SequenceId second = bench.engine.submit(request(7), 0, {});
  bench.step();
  bench.step();
  bench.step();  // The second gives its two blocks back, of which the first takes the last.
  bench.engine.next({});
  bench.engine.complete(1, std::vector{first}, {});
  EXPECT_EQ(bench.step(), (Chunks{{second.value, 4}}));
  EXPECT_EQ(bench.engine.counts().computed_again, 4);
}

TEST(BatchPolicy, SwappedRequestsGoOnWhereTheyWere) {
  EngineSettings settings = small();
  settings.kv_blocks = 4;
  settings.swap_blocks = 4;
  Bench bench("fifo+swap", settings);
  const SequenceId first = bench.engine.submit(request(7), 0, {});
  const SequenceId second = bench.engine.submit(request(7), 0, {});
  bench.step();
  bench.step();
  EXPECT_EQ(bench.engine.next({}).blocks_out, 2);
  bench.engine.complete(1, {}, {});
  bench.engine.next({});
  bench.engine.complete(1, std::vector{first}, {});
  const Batch& batch = bench.engine.next({});
  EXPECT_EQ(batch.blocks_in, 2);
  ASSERT_EQ(batch.chunks.size(), 1U);
  EXPECT_EQ(batch.chunks[0].sequence, second);
  EXPECT_EQ(batch.chunks[0].computed, 7U);
  EXPECT_EQ(batch.chunks[0].tokens, 1U);
}

TEST(BatchPolicy, PromptsFirstLetsOthersWait) {
  Bench bench("fifo+prefill-first", small());
  bench.engine.submit(request(3), 0, {});
  bench.step();
  bench.engine.submit(request(5), 0, {});
  EXPECT_EQ(bench.engine.next({}).decodes, 0);
  bench.engine.complete(1, {}, {});
  EXPECT_EQ(bench.engine.next({}).decodes, 2);
}

TEST(BatchPolicy, LevelsOfAFeedbackQueueEndWhereTimeDoes) {
  // 2^29 * 10^9 tokens of a millisecond each are more nanoseconds than there are; found by the
  // sanitizer, on a journal.
  Bench bench("mlfq:first=1000000000:levels=30", small());
  bench.engine.submit(request(5), 0, {});
  EXPECT_EQ(bench.step(), (Chunks{{0, 5}}));
}

TEST(BatchPolicy, RepeatsUntilBlocksRunOut) {
  Bench bench("fifo", small());
  bench.engine.submit(request(6), 0, {});
  bench.step();
  // 40 tokens of room; six computed.
  EXPECT_EQ(bench.engine.next({}).repeats, 34);
}

TEST(BatchPolicy, TheTenantWithFewestTokensForItsSharesGoesFirst) {
  EngineSettings settings = small();
  settings.kv_blocks = 1000;
  settings.max_sequences = 1;
  Bench bench("fair-share:output=0", settings);
  const auto of = [&](std::uint32_t tenant) {
    Request drawn = request(10);
    drawn.tenant = {tenant};
    return bench.engine.submit(drawn, 0, {});
  };
  for (std::uint32_t i = 0; i < 6; ++i) of(i < 3 ? 0 : 1);
  std::vector<std::uint32_t> tenants;
  for (int i = 0; i < 6; ++i) {
    const Batch& batch = bench.engine.next({});
    const SequenceId id = batch.chunks.at(0).sequence;
    tenants.push_back(bench.engine.sequence(id).request.tenant.value);
    bench.engine.complete(1, std::vector{id}, {});
  }
  // b has twice the shares of a: counters a 10, b 5, b 10, a 20, b 15, a 30.
  EXPECT_EQ(tenants, (std::vector<std::uint32_t>{0, 1, 1, 0, 1, 0}));
}

TEST(BatchPolicy, ATenantThatComesBackGoesBeforeABacklog) {
  EngineSettings settings = small();
  settings.max_sequences = 1;
  Bench bench("fair-share", settings);
  std::vector<SequenceId> ids;
  for (int i = 0; i < 3; ++i) ids.push_back(bench.engine.submit(request(4), 0, {}));
  bench.step();
  Request other = request(4);
  other.tenant = {1};
  ids.push_back(bench.engine.submit(other, 0, {}));  // At the same counter as the backlog.
  bench.engine.next({});
  bench.engine.complete(1, std::vector{ids[0]}, {});
  EXPECT_EQ(bench.step(), (Chunks{{ids[3].value, 4}}));
}

TEST(VirtualTokenCounter, WhoComesBackIsBeforeABacklogButNotBeforeOthersWhoDid) {
  Tenants tenants;
  for (const char* name : {"backlog", "one", "two", "three"}) tenants.add(name);
  VirtualTokenCounter counter(tenants, 1, 2);
  const auto waits = [&](std::uint32_t tenant) {
    Claim claim;
    claim.tenant = {tenant};
    counter.waits(claim, {});
    return counter.offset(tenant, {});
  };
  waits(0);
  counter.charge_input({0}, 10);
  EXPECT_LT(waits(1), counter.offset(0, {}));
  counter.charge_output({0}, 10);
  EXPECT_EQ(waits(2), counter.offset(1, {}));
  counter.charge_input({1}, 100);
  EXPECT_EQ(waits(3), counter.offset(2, {}));
}

}  // namespace
}  // namespace tandem

#include "policies/batch/kv_cache.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "policies/batch/decode_group.h"
#include "tests/support/random.h"

namespace tandem {
namespace {

/// Somebody who computes the first `blocks` blocks of a prompt, finding what is there.
KvHolding compute(KvCache& cache, const std::vector<PrefixHash>& prefix, std::int64_t blocks,
                  std::int64_t& found) {
  KvHolding holding;
  const KvCache::Match match = cache.match(prefix, blocks);
  found += match.blocks;
  cache.share(prefix, match, holding);
  cache.take(blocks - match.blocks, holding);
  cache.publish(prefix, blocks, holding);
  return holding;
}

TEST(KvCache, CountsBlocksThatNobodySharesOnly) {
  KvCache cache(10, 0, false);
  KvHolding holding;
  cache.take(4, holding);
  EXPECT_EQ(cache.available(), 6);
  cache.release(holding);
  EXPECT_EQ(cache.available(), 10);
  EXPECT_EQ(cache.match(std::vector<PrefixHash>{1, 2}, 8).blocks, 0);
}

TEST(KvCache, TellsWhichPrefixesComeAndGo) {
  KvCache cache(3, 1, true);
  std::vector<PrefixChange> changes;
  cache.tell(changes);
  std::int64_t found = 0;
  KvHolding first = compute(cache, {11, 12}, 2, found);
  EXPECT_EQ(changes, (std::vector<PrefixChange>{{11, true}, {12, true}}));
  changes.clear();
  cache.release(first);
  EXPECT_TRUE(changes.empty()) << "it stays until its blocks are wanted";
  compute(cache, {11, 99, 98}, 3, found);
  EXPECT_EQ(changes, (std::vector<PrefixChange>{{12, false}, {99, true}, {98, true}}));
}

TEST(KvCache, FindsThePrefixOfAnEarlierPrompt) {
  KvCache cache(100, 4, true);
  std::int64_t found = 0;
  KvHolding first = compute(cache, {11, 12, 13}, 10, found);  // 4, 4 and 2 blocks.
  EXPECT_EQ(found, 0);
  KvHolding second = compute(cache, {11, 12, 99}, 12, found);
  EXPECT_EQ(found, 8);
  EXPECT_EQ(cache.held(), 14);  // 8 shared, 2 and 4 their own.
  cache.release(first);
  EXPECT_EQ(cache.held(), 12);
  cache.release(second);
  EXPECT_EQ(cache.held(), 0);
  EXPECT_EQ(cache.match(std::vector<PrefixHash>{11, 12, 13, 14}, 100).blocks, 10);
}

TEST(KvCache, AMatchStopsAtTheMostAsked) {
  KvCache cache(100, 4, true);
  std::int64_t found = 0;
  KvHolding holding = compute(cache, {11, 12}, 8, found);
  const KvCache::Match match = cache.match(std::vector<PrefixHash>{11, 12}, 7);
  EXPECT_EQ(match.blocks, 7);
  EXPECT_EQ(match.idle, 0);
  cache.release(holding);
  EXPECT_EQ(cache.match(std::vector<PrefixHash>{11, 12}, 7).idle, 8);
}

TEST(KvCache, ReclaimsTheLeastRecentlyUsedAndTheEndBeforeTheBeginning) {
  KvCache cache(16, 4, true);
  std::int64_t found = 0;
  KvHolding old = compute(cache, {11, 12}, 8, found);
  cache.release(old);
  KvHolding young = compute(cache, {21, 22}, 8, found);
  cache.release(young);
  EXPECT_EQ(cache.available(), 16);
  cache.take(6);  // The four of 12, and two of 11.
  EXPECT_EQ(cache.match(std::vector<PrefixHash>{11, 12}, 8).blocks, 2);
  EXPECT_EQ(cache.match(std::vector<PrefixHash>{21, 22}, 8).blocks, 8);
}

TEST(KvCache, WhatTwoComputeAtOnceStaysWithEach) {
  KvCache cache(100, 4, true);
  KvHolding one;
  KvHolding two;
  for (KvHolding* holding : {&one, &two}) cache.take(4, *holding);
  const std::vector<PrefixHash> prefix{11};
  cache.publish(prefix, 4, one);
  cache.publish(prefix, 4, two);
  EXPECT_EQ(one.own, 0);
  EXPECT_EQ(two.own, 4);
  cache.release(one);
  cache.release(two);
  EXPECT_EQ(cache.available(), 100);
}

TEST(KvCache, WhoGaveWayFindsWhatNobodyTookMeanwhile) {
  KvCache cache(10, 0, true);
  KvHolding holding;
  cache.take(6, holding);
  const KvRemains remains = cache.release(holding);
  EXPECT_EQ(cache.available(), 10);
  EXPECT_EQ(cache.remaining(remains), 6);
  cache.take(7);  // The four that nobody used, then the last three of these.
  EXPECT_EQ(cache.remaining(remains), 3);
  cache.take_back(remains, 2, holding);
  EXPECT_EQ(holding.own, 2);
  EXPECT_EQ(cache.available(), 1);
  EXPECT_EQ(cache.remaining(remains), 0);
}

TEST(KvCache, NobodyAddsToAnEntryBehindWhatItComputedForItself) {
  KvCache cache(100, 4, true, true);
  const std::vector<PrefixHash> prefix{11, 12};
  std::int64_t found = 0;
  KvHolding first = compute(cache, prefix, 2, found);
  KvHolding second;  // Finds two blocks of the first entry, and computes the others as well.
  cache.share(prefix, cache.match(prefix, 8), second);
  for (KvHolding* holding : {&first, &second}) {
    cache.take(6, *holding);
    cache.publish(prefix, 4, *holding);
  }
  EXPECT_EQ(first.shared, 4);
  EXPECT_EQ(second.shared, 2);
  cache.publish(prefix, 8, second);  // It is the first to have the second entry's blocks.
  EXPECT_EQ(second.shared, 2);
  EXPECT_EQ(second.own, 6);
  EXPECT_EQ(cache.match(prefix, 8).blocks, 4);
}

TEST(KvCache, NumbersOfSharedBlocksAreThoseOfWhoComputedThem) {
  KvCache cache(20, 2, true, true);
  std::int64_t found = 0;
  KvHolding first = compute(cache, {11, 12}, 4, found);
  KvHolding second = compute(cache, {11, 99}, 4, found);
  EXPECT_EQ(first.table, (std::vector<BlockNumber>{0, 1, 2, 3}));
  EXPECT_EQ(second.table, (std::vector<BlockNumber>{0, 1, 4, 5}));
  cache.release(first);
  KvHolding third = compute(cache, {11, 12}, 3, found);
  EXPECT_EQ(third.table, (std::vector<BlockNumber>{0, 1, 2}));
}

TEST(KvCache, NumbersOfReclaimedBlocksAreGivenAgain) {
  KvCache cache(4, 0, true, true);
  KvHolding holding;
  cache.take(4, holding);
  const KvRemains remains = cache.release(holding);
  KvHolding other;
  cache.take(1, other);
  EXPECT_EQ(other.table, std::vector<BlockNumber>{3});
  cache.take_back(remains, 2, holding);
  EXPECT_EQ(holding.table, (std::vector<BlockNumber>{0, 1}));
  cache.reserve(1);
  cache.number(2, other);
  EXPECT_EQ(other.table, (std::vector<BlockNumber>{3, 2}));
}

TEST(PrefixTable, FindsWhatWasPutThereAndNotErased) {
  PrefixTable table;
  std::map<PrefixHash, std::uint32_t> expected;
  Random random(7);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    const PrefixHash hash = random.below(300) * (random.chance(50) ? 1 : 0x1'0000'0001);
    if (expected.contains(hash)) {
      ASSERT_EQ(table.find(hash), expected[hash]);
      table.erase(hash);
      expected.erase(hash);
    } else {
      ASSERT_EQ(table.find(hash), PrefixTable::kNone);
      table.insert(hash, i);
      expected[hash] = i;
    }
  }
}

TEST(DecodeGroup, CountsBlocksOfManySteps) {
  DecodeGroup group(4, 1);
  group.join(5, {});  // Its fifth token opens a block at once,
  group.join(7, {});  // the ninth of this one two steps later.
  EXPECT_EQ(group.context(), 12);
  EXPECT_EQ(group.blocks_for(1), 1);
  EXPECT_EQ(group.blocks_for(2), 1);
  EXPECT_EQ(group.blocks_for(3), 2);
  EXPECT_EQ(group.blocks_for(4), 2);
  EXPECT_EQ(group.blocks_for(5), 3);
  EXPECT_EQ(group.steps_within(0), 0);
  EXPECT_EQ(group.steps_within(1), 2);
  EXPECT_EQ(group.steps_within(2), 4);
  group.advance(3);
  EXPECT_EQ(group.context(), 18);
  EXPECT_EQ(group.blocks_for(1), 0);
  EXPECT_EQ(group.blocks_for(2), 1);
  group.leave(8, {});
  group.leave(10, {});
  EXPECT_EQ(group.context(), 0);
  EXPECT_EQ(group.blocks_for(8), 0);
}

}  // namespace
}  // namespace tandem

// What front and replicas say to each other arrives as it was sent.

#include "executor/protocol/replica_messages.h"

#include <gtest/gtest.h>

#include "policies/core/error.h"

namespace tandem {
namespace {

TEST(ReplicaOrders, ArriveWhole) {
  ReplicaOrder asked;
  asked.key = 1ULL << 60;
  asked.age = std::chrono::milliseconds(3);
  asked.generation.prompt = {0, 7, 4'000'000'000};
  asked.generation.max_tokens = 12;
  asked.generation.sampling = {0.7, 40, 0.95, 99, 2, true, 5};
  asked.generation.tenant = {3};
  asked.generation.priority = -8;
  asked.generation.session = {6};
  const auto orders = replica_orders_of(to_cbor({asked, {5, true, {}, {}}}));
  ASSERT_EQ(orders.size(), 2U);
  EXPECT_EQ(orders[0].key, asked.key);
  EXPECT_FALSE(orders[0].cancels);
  EXPECT_EQ(orders[0].age, asked.age);
  EXPECT_EQ(orders[0].generation.prompt, asked.generation.prompt);
  EXPECT_EQ(orders[0].generation.max_tokens, 12U);
  const Sampling& sampling = orders[0].generation.sampling;
  EXPECT_EQ(sampling.temperature, 0.7);
  EXPECT_EQ(sampling.top_k, 40);
  EXPECT_EQ(sampling.top_p, 0.95);
  EXPECT_EQ(sampling.seed, 99U);
  EXPECT_EQ(sampling.min_tokens, 2U);
  EXPECT_TRUE(sampling.ignore_end);
  EXPECT_EQ(sampling.logprobs, 5);
  EXPECT_EQ(orders[0].generation.tenant, TenantId{3});
  EXPECT_EQ(orders[0].generation.priority, -8);
  EXPECT_EQ(orders[0].generation.session, SessionId{6});
  EXPECT_EQ(orders[1].key, 5U);
  EXPECT_TRUE(orders[1].cancels);
}

TEST(ReplicaNews, ArriveWhole) {
  ReplicaNews news;
  news.job = {4};
  news.generation = 2;
  news.is_ready = true;
  news.given = {{1, {17, 0, {}}}, {2, {18, -0.5F, {{18, -0.5F}, {3, -2.0F}}}}};
  news.ended = {{1, FinishReason::kLength, 32, 1}};
  news.refused = {9};
  news.waiting = 5;
  news.running = 6;
  news.blocks_held = 7;
  news.blocks = 8;
  news.evictions = 10;
  news.cached_tokens = 11;
  news.last_step_s = 0.25;
  const ReplicaNews heard = replica_news_of(to_cbor(news));
  EXPECT_EQ(heard.job, news.job);
  EXPECT_EQ(heard.generation, 2U);
  EXPECT_TRUE(heard.is_ready);
  ASSERT_EQ(heard.given.size(), 2U);
  EXPECT_EQ(heard.given[0].key, 1U);
  EXPECT_EQ(heard.given[0].token.token, 17U);
  EXPECT_EQ(heard.given[1].token.logprob, -0.5F);
  ASSERT_EQ(heard.given[1].token.alternatives.size(), 2U);
  EXPECT_EQ(heard.given[1].token.alternatives[1].token, 3U);
  ASSERT_EQ(heard.ended.size(), 1U);
  EXPECT_EQ(heard.ended[0].reason, FinishReason::kLength);
  EXPECT_EQ(heard.ended[0].cached_tokens, 32U);
  EXPECT_EQ(heard.refused, news.refused);
  EXPECT_EQ(heard.blocks, 8);
  EXPECT_EQ(heard.cached_tokens, 11);
  EXPECT_EQ(heard.last_step_s, 0.25);
}

TEST(ReplicaMessages, WhatIsNoneIsRefused) {
  EXPECT_THROW(replica_news_of("nonsense"), InputError);
  EXPECT_THROW(replica_orders_of(""), InputError);
  EXPECT_THROW(replica_news_of(to_cbor(std::vector<ReplicaOrder>{})), InputError);
}

}  // namespace
}  // namespace tandem

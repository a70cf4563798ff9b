// What front and replicas say to each other arrives as it was sent.

#include "executor/protocol/replica_messages.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
  news.began = {{2, std::chrono::milliseconds(7)}};
  news.prefixes = {{~PrefixHash{0}, true}, {12, false}};
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
  ASSERT_EQ(heard.began.size(), 1U);
  EXPECT_EQ(heard.began[0].key, 2U);
  EXPECT_EQ(heard.began[0].waited, std::chrono::milliseconds(7));
  EXPECT_EQ(heard.prefixes, news.prefixes);
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

TEST(ReplicaNames, ComeBackAsTheyWere) {
  EXPECT_EQ(replica_named(replica_name({{7}, 3})), (ReplicaIdentity{{7}, 3}));
  for (const char* name : {"", "replica-", "replica-7", "replica-7-", "replica-7-3x",
                           "replica--1-3", "replica-99999999999-1", "device-0"}) {
    EXPECT_FALSE(replica_named(name)) << name;
  }
}

/// News in which one value is another.
std::string changed(const nlohmann::json::json_pointer& place, const nlohmann::json& value) {
  ReplicaNews news;
  news.began = {{1, {}}};
  news.given = {{1, {2, -0.5F, {{3, -0.5F}}}}};
  news.ended = {{1, FinishReason::kLength, 0, 0}};
  news.prefixes = {{1, true}};
  news.refused = {1};
  const std::string message = to_cbor(news);
  nlohmann::json json = nlohmann::json::from_cbor(message);
  json.at(place) = value;
  std::string text;
  nlohmann::json::to_cbor(json, nlohmann::detail::output_adapter<char>(text));
  return text;
}

TEST(ReplicaNews, WhatCannotBeIsRefused) {
  using Place = nlohmann::json::json_pointer;
  EXPECT_NO_THROW(replica_news_of(changed(Place("/ended/0/1"), 1)));
  for (const char* number :
       {"/job", "/generation", "/began/0/0", "/began/0/1", "/given/0/0", "/given/0/1",
        "/given/0/3/0/0", "/ended/0/0", "/ended/0/1", "/ended/0/2", "/ended/0/3", "/prefixes/0/0",
        "/refused/0", "/load/0", "/load/3", "/counts/1"}) {
    for (const nlohmann::json& value :
         {nlohmann::json(-1), nlohmann::json(0.5), nlohmann::json(true), nlohmann::json("1"),
          nlohmann::json(1e300), nlohmann::json()}) {
      EXPECT_THROW(replica_news_of(changed(Place(number), value)), InputError)
          << number << " " << value;
    }
  }
  EXPECT_THROW(replica_news_of(changed(Place("/ended/0/1"), 2)), InputError) << "no such reason";
  EXPECT_THROW(replica_news_of(changed(Place("/given/0/1"), 1LL << 32)), InputError);
  EXPECT_THROW(replica_news_of(changed(Place("/given"), "none")), InputError);
  EXPECT_THROW(replica_news_of(changed(Place("/is_ready"), 1)), InputError);
}

TEST(ReplicaMessages, WhatIsNoneIsRefused) {
  EXPECT_THROW(replica_news_of("nonsense"), InputError);
  EXPECT_THROW(replica_orders_of(""), InputError);
  EXPECT_THROW(replica_news_of(to_cbor(std::vector<ReplicaOrder>{})), InputError);
}

}  // namespace
}  // namespace tandem

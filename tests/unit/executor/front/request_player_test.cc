// A scenario's requests, really asked.

#include "executor/front/request_player.h"

#include <gtest/gtest.h>

#include <set>

namespace tandem {
namespace {

Request request(std::uint32_t id, std::uint32_t tokens, std::vector<PrefixHash> prefix) {
  Request request;
  request.id = {id};
  request.prompt_tokens = tokens;
  request.prefix = std::move(prefix);
  return request;
}

TEST(PromptOf, EqualPrefixesAreEqualTokens) {
  const auto one = prompt_of(request(1, 10, {5, 6, 7}), 4, 1000, 1);
  const auto other = prompt_of(request(2, 12, {5, 6, 8}), 4, 1000, 1);
  ASSERT_EQ(one.size(), 10U);
  EXPECT_TRUE(std::equal(one.begin(), one.begin() + 8, other.begin()));
  EXPECT_NE(one[8], other[8]);
  for (const TokenId token : one) EXPECT_LT(token, 1000U);
}

TEST(PromptOf, WithoutPrefixesEachIsItsOwn) {
  std::set<std::vector<TokenId>> seen;
  for (std::uint32_t id = 0; id < 20; ++id) seen.insert(prompt_of(request(id, 6, {}), 0, 50, 1));
  EXPECT_EQ(seen.size(), 20U);
  EXPECT_EQ(prompt_of(request(3, 6, {}), 0, 50, 1), prompt_of(request(3, 6, {}), 0, 50, 1));
  EXPECT_NE(prompt_of(request(3, 6, {}), 0, 50, 1), prompt_of(request(3, 6, {}), 0, 50, 2));
}

/// Answers at once, or when it is told to.
class Desk final : public ServiceDesk {
 public:
  std::span<const ServedModel> models() const override { return {}; }
  std::variant<AnswerId, Refusal> submit(std::size_t, Generation generation,
                                         AnswerListener& listener) override {
    asked.push_back(std::move(generation));
    listeners.push_back(&listener);
    most_at_once = std::max(most_at_once, listeners.size());
    return AnswerId{asked.size()};
  }
  void cancel(AnswerId) override {}
  ServiceFigures figures(std::size_t) const override { return {}; }
  void answer_one() {
    AnswerListener* const listener = listeners.front();
    listeners.erase(listeners.begin());
    listener->ended(FinishReason::kLength);
  }

  std::vector<Generation> asked;
  std::vector<AnswerListener*> listeners;
  std::size_t most_at_once = 0;
};

class Listed final : public RequestSource {
 public:
  explicit Listed(std::vector<RequestArrival> arrivals) : arrivals_(std::move(arrivals)) {}
  bool next(RequestArrival& next) override {
    if (at_ == arrivals_.size()) return false;
    next = arrivals_[at_++];
    return true;
  }
  std::uint64_t count() const override { return arrivals_.size(); }

 private:
  std::vector<RequestArrival> arrivals_;
  std::size_t at_ = 0;
};

class RequestPlayers : public testing::Test {
 protected:
  RequestPlayers() {
    model_.vocabulary = 100;
    service_.model = &model_;
    service_.requests = [this](std::uint64_t) { return std::make_unique<Listed>(arrivals_); };
  }
  void run(std::uint32_t concurrency) {
    for (std::uint32_t i = 0; i < 6; ++i) arrivals_.push_back({request(i, 3 + i, {}), 2 + i});
    service_.max_concurrency = concurrency;
    bool finished = false;
    RequestPlayer player({loop_, desk_, [] { return kStartOfTime; }}, 0, service_, 1,
                         [&] { finished = true; });
    player.begin();
    for (int i = 0; i < 1000 && !finished; ++i) {
      loop_.restart();
      loop_.poll();
      if (!desk_.listeners.empty()) desk_.answer_one();
    }
    EXPECT_TRUE(finished);
  }

  boost::asio::io_context loop_;
  Architecture model_;
  ServiceSettings service_;
  std::vector<RequestArrival> arrivals_;
  Desk desk_;
};

TEST_F(RequestPlayers, AsksAllOfThemWithTheirLengths) {
  run(0);
  ASSERT_EQ(desk_.asked.size(), 6U);
  for (std::uint32_t i = 0; i < 6; ++i) {
    EXPECT_EQ(desk_.asked[i].prompt.size(), 3 + i);
    EXPECT_EQ(desk_.asked[i].max_tokens, 2 + i);
    EXPECT_TRUE(desk_.asked[i].sampling.ignore_end);
  }
  EXPECT_EQ(desk_.most_at_once, 6U);
}

TEST_F(RequestPlayers, InAClosedLoopSoManyAreUnderWay) {
  run(2);
  EXPECT_EQ(desk_.asked.size(), 6U);
  EXPECT_EQ(desk_.most_at_once, 2U);
}

}  // namespace
}  // namespace tandem

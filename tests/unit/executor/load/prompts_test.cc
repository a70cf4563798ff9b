// Prompts: their lengths, and what they have in common.
#include "executor/load/prompts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace tandem {
namespace {

Request request_of(std::uint32_t id, std::uint32_t tokens, std::vector<PrefixHash> prefix = {}) {
  Request request;
  request.id = RequestId{id};
  request.prompt_tokens = tokens;
  request.prefix = std::move(prefix);
  return request;
}

std::vector<int> ids_of(const Prompts& prompts, const Request& request) {
  return nlohmann::json::parse(prompts.ids(request)).get<std::vector<int>>();
}

TEST(Prompts, HaveTheirTokensAndNothingInCommon) {
  const Prompts prompts(1, 0);
  const auto one = ids_of(prompts, request_of(0, 40));
  EXPECT_EQ(one.size(), 40U);
  EXPECT_GE(*std::ranges::min_element(one), 32);
  EXPECT_LE(*std::ranges::max_element(one), 126);
  EXPECT_EQ(one, ids_of(prompts, request_of(0, 40)));
  EXPECT_NE(one, ids_of(prompts, request_of(1, 40)));
  EXPECT_NE(one, ids_of(Prompts(2, 0), request_of(0, 40)));
  EXPECT_EQ(ids_of(prompts, request_of(0, 0)).size(), 0U);
}

TEST(Prompts, AreAlikeAsFarAsTheirPrefixesAre) {
  const Prompts prompts(1, 16);
  const auto one = ids_of(prompts, request_of(0, 40, {7, 8, 9}));
  const auto two = ids_of(prompts, request_of(1, 50, {7, 8, 10, 11}));
  EXPECT_TRUE(std::equal(one.begin(), one.begin() + 32, two.begin()));
  EXPECT_FALSE(std::equal(one.begin() + 32, one.end(), two.begin() + 32));
}

TEST(Prompts, OfTextAreWords) {
  const std::string text = Prompts(1, 0).text(request_of(0, 0), 5);
  EXPECT_EQ(text.size(), 9U);
  EXPECT_EQ(std::ranges::count(text, ' '), 4);
}

TEST(TokenCount, SaysHowManyWordsATextNeeds) {
  EXPECT_EQ((TokenCount{7, 1}).words_of(40), 33U);
  EXPECT_EQ((TokenCount{0, 2}).words_of(41), 21U);
  EXPECT_EQ((TokenCount{50, 1}).words_of(40), 1U) << "a chat's template alone is longer";
}

}  // namespace
}  // namespace tandem

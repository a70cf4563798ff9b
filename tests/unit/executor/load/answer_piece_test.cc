// What events say, in the words of several servers.
#include "executor/load/answer_piece.h"

#include <gtest/gtest.h>

#include "executor/load/event_stream.h"

namespace tandem {
namespace {

bool is_token(std::string_view data) { return answer_piece(data).is_token; }

TEST(AnswerPiece, KnowsTokensOfCompletions) {
  EXPECT_TRUE(is_token(R"({"choices":[{"text":" a","finish_reason":null}]})"));
  EXPECT_TRUE(is_token(R"({"choices":[{"text":" a","finish_reason":"length"}]})"));
  EXPECT_TRUE(is_token(R"({"choices":[{"text":""}]})")) << "half a character";
  EXPECT_FALSE(is_token(R"({"choices":[{"text":"","finish_reason":"stop"}]})"));
  EXPECT_FALSE(is_token(R"({"choices":[],"usage":null})"));
}

TEST(AnswerPiece, KnowsTokensOfChats) {
  EXPECT_FALSE(is_token(R"({"choices":[{"delta":{"role":"assistant","content":""}}]})"));
  EXPECT_TRUE(is_token(R"({"choices":[{"delta":{"role":"assistant","content":"a"}}]})"));
  EXPECT_TRUE(is_token(R"({"choices":[{"delta":{"content":"a"}}]})"));
  EXPECT_TRUE(is_token(R"({"choices":[{"delta":{"content":""},"finish_reason":null}]})"));
  EXPECT_TRUE(is_token(R"({"choices":[{"delta":{"reasoning_content":"a","content":null}}]})"));
  EXPECT_FALSE(is_token(R"({"choices":[{"delta":{},"finish_reason":"stop"}]})"));
  EXPECT_FALSE(is_token(R"({"choices":[{"delta":{"content":""},"finish_reason":"stop"}]})"));
}

TEST(AnswerPiece, KnowsTheEndAndWhatWasUsed) {
  EXPECT_TRUE(answer_piece("[DONE]").is_done);
  const auto piece = answer_piece(
      R"({"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"total_tokens":15}})");
  ASSERT_TRUE(piece.usage);
  EXPECT_EQ(piece.usage->prompt_tokens, 12U);
  EXPECT_EQ(piece.usage->completion_tokens, 3U);
  EXPECT_FALSE(answer_piece(R"({"choices":[]})").usage);
}

TEST(AnswerPiece, KnowsErrors) {
  EXPECT_EQ(answer_piece(R"({"error":{"message":"gone","code":500}})").error, "gone");
  EXPECT_EQ(answer_piece(R"({"error":"gone"})").error, "gone");
  EXPECT_EQ(error_message(R"({"error":{"message":"no"}})"), "no");
  EXPECT_EQ(error_message(R"({"message":"no"})"), "no");
  EXPECT_EQ(error_message("<html>"), "<html>");
}

TEST(AnswerPiece, WhatIsNoneIsMalformed) {
  for (const char* data : {"", "{", "[]", "3", "{}", R"({"choices":3})", R"({"choices":[3]})",
                           R"({"choices":[{}]})", R"({"choices":[{"delta":3}]})", "[DONE] "}) {
    EXPECT_THROW(answer_piece(data), MalformedAnswer) << data;
  }
}

}  // namespace
}  // namespace tandem

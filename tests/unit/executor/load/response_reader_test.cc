// Whole responses, however their bytes are cut, and what of them counts as when.
#include "executor/load/response_reader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "executor/load/event_stream.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

constexpr const char* kHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

std::string chunk(const std::string& bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}
std::string token(const std::string& text) {
  return "data: {\"choices\":[{\"text\":\"" + text + "\"}]}\n\n";
}
const std::string kUsage =
    "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\n";
const std::string kDone = "data: [DONE]\n\n";

Time at(int ms) { return kStartOfTime + ms * 1ms; }

TEST(ResponseReader, TimesAreThoseOfTheLastByteOfAnEvent) {
  ResponseReader reader;
  reader.feed(kHead, at(5));
  const std::string first = chunk(token("a"));
  reader.feed(first.substr(0, first.size() - 5), at(10));
  EXPECT_EQ(reader.response().tokens, 0U);
  reader.feed(first.substr(first.size() - 5), at(12));
  reader.feed(chunk(token("b") + token("c")), at(20));
  reader.feed(chunk(token("d")) + chunk(kUsage) + chunk(kDone), at(35));
  EXPECT_FALSE(reader.is_whole());
  reader.feed("0\r\n\r\n", at(50));
  EXPECT_TRUE(reader.is_whole());
  const Response& response = reader.response();
  EXPECT_EQ(response.status, 200U);
  EXPECT_TRUE(response.is_done);
  EXPECT_TRUE(response.stays_open);
  EXPECT_EQ(response.tokens, 4U);
  EXPECT_EQ(response.first_token, at(12));
  EXPECT_EQ(response.last_token, at(35));
  EXPECT_THAT(response.gaps, ElementsAre(8ms, 0ms, 15ms));
  ASSERT_TRUE(response.usage);
  EXPECT_EQ(response.usage->completion_tokens, 4U);
}

TEST(ResponseReader, BytesMayComeInAnyPieces) {
  const std::string text = kHead + chunk(token("a\u4E2D")) + chunk(": hi\n\n") +
                           chunk(token("b").substr(0, 9)) + chunk(token("b").substr(9)) +
                           chunk(kUsage + kDone) + "0\r\n\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ResponseReader reader;
    reader.feed(text.substr(0, cut), at(1));
    reader.feed(text.substr(cut), at(2));
    ASSERT_TRUE(reader.is_whole()) << cut;
    ASSERT_EQ(reader.response().tokens, 2U) << cut;
    ASSERT_TRUE(reader.response().is_done) << cut;
  }
  ResponseReader reader;
  for (const char byte : text) reader.feed({&byte, 1}, at(1));
  EXPECT_TRUE(reader.is_whole());
  EXPECT_EQ(reader.response().tokens, 2U);
}

TEST(ResponseReader, ALastChunkMayComeInPieces) {
  const std::string text = std::string(kHead) + "0\r\nX: y\r\n\r\n";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    ResponseReader reader;
    for (std::size_t i = 0; i < cut; ++i) reader.feed({&text[i], 1}, at(1));
    reader.feed(text.substr(cut), at(1));
    EXPECT_TRUE(reader.is_whole()) << cut;
  }
}

TEST(ResponseReader, ErrorsHaveABodyAndATimeToComeAgain) {
  ResponseReader reader;
  const std::string_view text =
      "HTTP/1.1 429 Too Many\r\nContent-Type: application/json\r\nRetry-After: 7\r\n"
      "Content-Length: 11\r\nConnection: close\r\n\r\n{\"error\":1}";
  for (const char byte : text) reader.feed({&byte, 1}, at(1));
  EXPECT_TRUE(reader.is_whole());
  EXPECT_EQ(reader.response().status, 429U);
  EXPECT_FALSE(reader.response().is_stream);
  EXPECT_FALSE(reader.response().stays_open);
  EXPECT_EQ(reader.response().retry_after, Duration{7s});
  EXPECT_EQ(reader.response().body, "{\"error\":1}");
}

TEST(ResponseReader, AnAnswerMayEndWithItsConnection) {
  ResponseReader reader;
  reader.feed("HTTP/1.0 200 OK\r\nContent-Type: text/event-stream\r\n\r\n" + token("a") + kDone,
              at(1));
  EXPECT_FALSE(reader.is_whole());
  reader.finish();
  EXPECT_TRUE(reader.is_whole());
  EXPECT_TRUE(reader.response().is_done);
}

TEST(ResponseReader, WhatIsCutOrNoHttpIsAnError) {
  for (const std::string& text : {std::string(), std::string("HTTP/1.1 200 OK\r\n"),
                                  std::string(kHead), kHead + chunk(token("a"))}) {
    ResponseReader reader;
    reader.feed(text, at(1));
    EXPECT_THROW(reader.finish(), MalformedAnswer) << text;
    EXPECT_TRUE(reader.is_cut());
  }
  for (const std::string& text :
       {std::string("SSH-2.0-OpenSSH\r\n\r\n"), std::string(kHead) + "zz\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x')}) {
    ResponseReader reader;
    EXPECT_THROW(reader.feed(text, at(1)), MalformedAnswer) << text.substr(0, 40);
    EXPECT_FALSE(reader.is_cut());
  }
}

}  // namespace
}  // namespace tandem

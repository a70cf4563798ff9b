// Completions and chats through sockets, by a desk that repeats what it is asked.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/http_server.h"
#include "tests/support/raw_client.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kCompletions = "/v1/completions";
constexpr const char* kChats = "/v1/chat/completions";

/// The body of a completion of "bytes", with other fields.
std::string asked(const std::string& prompt, const json& others = json::object()) {
  json body{{"model", "bytes"}, {"prompt", prompt}};
  body.update(others);
  return body.dump();
}

class CompletionsTest : public testing::Test {
 protected:
  void SetUp() override {
    server_.call([this] { server_.desk().run_every(500us); });
  }
  json completion(const std::string& prompt, const json& others = json::object()) {
    const auto response = post(server_.port(), kCompletions, asked(prompt, others));
    EXPECT_EQ(response.status, 200) << response.body;
    return json::parse(response.body);
  }
  std::string text(const std::string& prompt, const json& others = json::object()) {
    return completion(prompt, others)["choices"][0]["text"];
  }
  std::vector<std::string> stream(const std::string& prompt, json others) {
    others["stream"] = true;
    return events_of(post(server_.port(), kCompletions, asked(prompt, others)).body);
  }

  HttpServer server_;
};

TEST_F(CompletionsTest, AnAnswerHasTextReasonAndUsage) {
  const json answer = completion("abc", {{"max_tokens", 5}});
  EXPECT_EQ(answer["object"], "text_completion");
  EXPECT_EQ(answer["model"], "bytes");
  EXPECT_EQ(answer["choices"][0]["text"], "abcab");
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(answer["choices"][0]["logprobs"], nullptr);
  EXPECT_EQ(answer["usage"],
            (json{{"prompt_tokens", 3}, {"completion_tokens", 5}, {"total_tokens", 8}}));
}

TEST_F(CompletionsTest, WithoutALimitTheContextIsIt) {
  EXPECT_EQ(text(std::string(1990, 'x')), "xxxxxxxxxx");
}

TEST_F(CompletionsTest, SamplingReachesTheDesk) {
  completion("a", {{"max_tokens", 1},
                   {"temperature", 0.25},
                   {"top_k", 3},
                   {"seed", 11},
                   {"priority", 4},
                   {"ignore_eos", true}});
  const Generation asked_for = server_.call([this] { return server_.desk().submitted.at(0); });
  EXPECT_EQ(asked_for.sampling.temperature, 0.25);
  EXPECT_EQ(asked_for.sampling.top_k, 3);
  EXPECT_EQ(asked_for.sampling.seed, 11U);
  EXPECT_TRUE(asked_for.sampling.ignore_end);
  EXPECT_EQ(asked_for.priority, 4);
  EXPECT_THAT(asked_for.prompt, ElementsAre('a'));
}

TEST_F(CompletionsTest, SeveralPromptsAndAnswersHaveIndices) {
  const json answer =
      completion("", {{"prompt", {"ab", "c"}}, {"n", 2}, {"max_tokens", 2}, {"seed", 5}});
  std::vector<std::string> texts;
  for (const json& choice : answer["choices"]) texts.push_back(choice["text"]);
  EXPECT_THAT(texts, ElementsAre("ab", "ab", "cc", "cc"));
  EXPECT_EQ(answer["choices"][3]["index"], 3);
  EXPECT_EQ(answer["usage"]["prompt_tokens"], 3);
  const auto seeds = server_.call([this] {
    std::vector<std::uint64_t> all;
    for (const Generation& one : server_.desk().submitted) all.push_back(one.sampling.seed);
    return all;
  });
  EXPECT_THAT(seeds, ElementsAre(5, 6, 5, 6));
}

TEST_F(CompletionsTest, AStopStringEndsTheAnswerAndFreesItsPlace) {
  const json answer = completion("one END two", {{"stop", "END"}});
  EXPECT_EQ(answer["choices"][0]["text"], "one ");
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(answer["usage"]["completion_tokens"], 7);
  EXPECT_TRUE(server_.comes_true([this] { return server_.desk().running() == 0; }));
  EXPECT_EQ(text("one END two", {{"stop", {"END", "ne"}}}), "o");
  EXPECT_EQ(text("one END", {{"stop", "END"}, {"min_tokens", 7}}), "one ENDone ");
}

TEST_F(CompletionsTest, EchoGivesThePromptToo) {
  EXPECT_EQ(text("abc", {{"max_tokens", 2}, {"echo", true}}), "abcab");
}

TEST_F(CompletionsTest, TokensOfAPromptAreTakenAsTheyAre) {
  EXPECT_EQ(text("", {{"prompt", {104, 105}}, {"max_tokens", 2}}), "hi");
  const auto response =
      post(server_.port(), kCompletions, asked("", {{"prompt", {104, 256}}, {"max_tokens", 2}}));
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("256 is no token of 'bytes': it has 256"));
}

TEST_F(CompletionsTest, AStreamIsOneTokenAnEvent) {
  const auto events =
      stream("abc", {{"max_tokens", 4}, {"stream_options", {{"include_usage", true}}}});
  ASSERT_EQ(events.size(), 7U);
  std::string text;
  for (std::size_t i = 0; i < 4; ++i) {
    const json event = json::parse(events[i]);
    EXPECT_EQ(event["choices"][0]["finish_reason"], nullptr);
    EXPECT_EQ(event["usage"], nullptr);
    EXPECT_TRUE(event.contains("usage"));
    text += event["choices"][0]["text"];
  }
  EXPECT_EQ(text, "abca");
  EXPECT_EQ(json::parse(events[4])["choices"][0]["finish_reason"], "length");
  const json last = json::parse(events[5]);
  EXPECT_EQ(last["choices"], json::array());
  EXPECT_EQ(last["usage"]["total_tokens"], 7);
  EXPECT_EQ(events[6], "[DONE]");
}

TEST_F(CompletionsTest, StreamsSendWholeCharactersAndHoldBackStops) {
  const auto texts = [&](const std::string& prompt, const json& others) {
    std::vector<std::string> all;
    for (const std::string& event : stream(prompt, others)) {
      if (event != "[DONE]") all.push_back(json::parse(event)["choices"][0]["text"]);
    }
    return all;
  };
  EXPECT_THAT(texts("\u20ACa", {{"max_tokens", 4}}), ElementsAre("", "", "\u20AC", "a", ""));
  EXPECT_THAT(texts("\u20AC", {{"max_tokens", 2}}), ElementsAre("", "", "\uFFFD"));
  EXPECT_THAT(texts("a##b", {{"max_tokens", 4}, {"stop", "###"}}),
              ElementsAre("a", "", "", "##b", ""));
  EXPECT_THAT(texts("a#", {{"max_tokens", 2}, {"stop", "##"}}), ElementsAre("a", "", "#"));
}

TEST_F(CompletionsTest, AnEarlierProtocolGetsAStreamThatEndsWithTheConnection) {
  RawClient client(server_.port());
  const std::string body = asked("ab", {{"max_tokens", 2}, {"stream", true}});
  client.send("POST /v1/completions HTTP/1.0\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\n\r\n" + body);
  const RawResponse response = client.response();
  EXPECT_EQ(response.headers.count("transfer-encoding"), 0U);
  EXPECT_EQ(events_of(response.body).back(), "[DONE]");
}

TEST_F(CompletionsTest, LogProbabilitiesHaveTheFormOfTheirKind) {
  server_.call([this] { server_.desk().gives_logprobs = true; });
  const json lists =
      completion("ab", {{"max_tokens", 2}, {"logprobs", 2}})["choices"][0]["logprobs"];
  EXPECT_EQ(lists["tokens"], (json{"a", "b"}));
  EXPECT_EQ(lists["token_logprobs"], (json{-0.5, -0.5}));
  EXPECT_EQ(lists["top_logprobs"][0], (json{{"a", -0.5}, {"b", -1.5}}));
  EXPECT_EQ(lists["text_offset"], (json{0, 1}));
  const json chat{{"model", "bytes"},
                  {"max_tokens", 1},
                  {"logprobs", true},
                  {"top_logprobs", 1},
                  {"messages", {{{"role", "user"}, {"content", "x"}}}}};
  const json answer = json::parse(post(server_.port(), kChats, chat.dump()).body);
  const json content = answer["choices"][0]["logprobs"]["content"];
  EXPECT_EQ(content[0]["token"], "u");
  EXPECT_EQ(content[0]["bytes"], (json{117}));
  EXPECT_EQ(content[0]["top_logprobs"][0]["logprob"], -0.5);
}

TEST_F(CompletionsTest, AChatIsAMessageOfTheAssistant) {
  server_.call([this] { server_.desk().script = {'Y', 'e', 's', '\n', 'u', 's', 'e', 'r', ':'}; });
  json chat{{"model", "bytes"}, {"messages", {{{"role", "user"}, {"content", "Well?"}}}}};
  const json answer = json::parse(post(server_.port(), kChats, chat.dump()).body);
  EXPECT_EQ(answer["object"], "chat.completion");
  EXPECT_EQ(answer["choices"][0]["message"], (json{{"role", "assistant"}, {"content", "Yes"}}));
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(answer["usage"]["prompt_tokens"], std::string("user: Well?\nassistant:").size());

  chat["stream"] = true;
  const auto events = events_of(post(server_.port(), kChats, chat.dump()).body);
  const json first = json::parse(events.at(0));
  EXPECT_EQ(first["object"], "chat.completion.chunk");
  EXPECT_EQ(first["choices"][0]["delta"], (json{{"role", "assistant"}, {"content", "Y"}}));
  EXPECT_EQ(json::parse(events.at(1))["choices"][0]["delta"], (json{{"content", "e"}}));
}

TEST_F(CompletionsTest, TheModelsOwnEndIsAStop) {
  server_.call([this] {
    server_.desk().script = {'h', 'i'};
    server_.desk().ends_with_script = true;
  });
  const json answer = completion("x");
  EXPECT_EQ(answer["choices"][0]["text"], "hi");
  EXPECT_EQ(answer["choices"][0]["finish_reason"], "stop");
}

TEST_F(CompletionsTest, WhatDoesNotFitIsRefused) {
  const auto response = post(server_.port(), kCompletions, asked(std::string(2000, 'x')));
  EXPECT_EQ(response.status, 400);
  const json error = json::parse(response.body)["error"];
  EXPECT_EQ(error["code"], "context_length_exceeded");
  EXPECT_EQ(error["param"], "prompt");
  EXPECT_EQ(error["type"], "invalid_request_error");
  const auto empty = post(server_.port(), kCompletions, asked(""));
  EXPECT_EQ(empty.status, 400);
}

TEST_F(CompletionsTest, AModelWithoutATemplateTakesNoChats) {
  server_.call([this] { server_.desk().models_[0].chat_template.clear(); });
  const auto response =
      post(server_.port(), kChats,
           R"({"model": "bytes", "messages": [{"role": "user", "content": ""}]})");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("takes no chats"));
}

TEST_F(CompletionsTest, UnknownFieldsAreAWarningOfOneLine) {
  completion("a", {{"max_tokens", 1}, {"best_of", 1}, {"line\nbreak", 1}});
  EXPECT_THAT(server_.log(), HasSubstr("warning: fields that mean nothing here were ignored: "
                                       R"("best_of", "line\nbreak" (of 'everybody'))"));
}

TEST_F(CompletionsTest, AFullQueueIsTooManyRequests) {
  server_.call([this] { server_.desk().places = 0; });
  const auto response = post(server_.port(), kCompletions, asked("a"));
  EXPECT_EQ(response.status, 429);
  EXPECT_EQ(response.headers.at("retry-after"), "7");
  EXPECT_EQ(json::parse(response.body)["error"]["code"], "queue_full");
}

TEST_F(CompletionsTest, ARequestIsTakenWholeOrNotAtAll) {
  server_.call([this] {
    server_.desk().stop();
    server_.desk().places = 3;
  });
  const auto response = post(server_.port(), kCompletions, asked("a", {{"n", 4}}));
  EXPECT_EQ(response.status, 429);
  EXPECT_TRUE(server_.comes_true([this] { return server_.desk().running() == 0; }));
}

}  // namespace
}  // namespace tandem

#include "executor/serve/prompt_file.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(PromptFile, ReadsBatchRequestsAndPlainPrompts) {
  const std::string text = R"({"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", )"
                           R"("body": {"messages": []}})"
                           "\r\n\r\n"
                           R"({"custom_id": "b", "url": "/v1/completions", )"
                           R"("body": {"prompt": "x", "seed": 18446744073709551615}})"
                           "\n"
                           R"({"prompt": "Once", "max_tokens": 5})"
                           "\n  \n"
                           R"({"prompt": "upon", "custom_id": "c"})";
  PromptFile file(text, "in.jsonl");
  const auto a = file.next();
  ASSERT_TRUE(a);
  EXPECT_EQ(a->id, "a");
  EXPECT_EQ(a->kind, FilePrompt::Kind::kChat);
  EXPECT_EQ(a->body, R"({"messages":[]})");
  const auto b = file.next();
  EXPECT_EQ(b->kind, FilePrompt::Kind::kCompletion);
  EXPECT_EQ(b->body, R"({"prompt":"x","seed":18446744073709551615})");
  EXPECT_EQ(file.line(), 3U);
  const auto plain = file.next();
  EXPECT_EQ(plain->id, "line-4");
  EXPECT_EQ(plain->body, R"({"max_tokens":5,"prompt":"Once"})");
  const auto named = file.next();
  EXPECT_EQ(named->id, "c");
  EXPECT_EQ(named->body, R"({"prompt":"upon"})");
  EXPECT_FALSE(file.next());
}

/// What is said of a second line.
std::string error(const std::string& line) {
  const std::string text = "{\"prompt\": \"one\", \"custom_id\": \"1\"}\n" + line;
  PromptFile file(text, "in.jsonl");
  file.next();
  return file.next()->mistake;
}

TEST(PromptFile, EveryMistakeHasItsPlace) {
  EXPECT_EQ(error(R"({"prompt": )"), "in.jsonl:2:12: this is no JSON object");
  EXPECT_EQ(error(R"({"prompt": "a" x})"), "in.jsonl:2:16: this is no JSON object");
  EXPECT_EQ(error("{\"prompt\": \"\xff\"}"), "in.jsonl:2:13: this is no JSON object");
  EXPECT_EQ(error("[1]"), "in.jsonl:2:1: this is no JSON object");
  EXPECT_EQ(error(R"({"prompt": 1e999})"), "in.jsonl:2:1: a number is too large");
  EXPECT_EQ(error(std::string(500'000, '[')), "in.jsonl:2:1: more than 100 levels");
  EXPECT_EQ(error("{}"), "in.jsonl:2:1: expected a key 'prompt', or 'custom_id', 'url' and 'body'");
  EXPECT_EQ(error(R"({"prompt": "x", "custom_id": "1"})"),
            "in.jsonl:2:30: custom_id: the id '1' comes twice");
  EXPECT_EQ(error(R"({"prompt": "x", "custom_id": 7})"),
            "in.jsonl:2:30: custom_id: expected a text that is not empty");
  EXPECT_EQ(error(R"({"url": "/v1/completions", "body": {}})"),
            "in.jsonl:2:1: the key 'custom_id' is missing");
  EXPECT_EQ(error(R"({"custom_id": "x", "url": "/v1/completion", "body": {}})"),
            "in.jsonl:2:27: url: unknown '/v1/completion' (did you mean '/v1/completions'?)");
  EXPECT_EQ(error(R"({"custom_id": "x", "url": "/v1/completions", "body": []})"),
            "in.jsonl:2:54: body: expected an object");
  EXPECT_EQ(error(R"({"custom_id": "x", "method": "GET", "url": "/v1/completions", "body": {}})"),
            "in.jsonl:2:30: method: expected 'POST'");
  EXPECT_EQ(error(R"({"custom_id": "\"body\": 1", "urls": "", "url": "", "body": {"urls": 1}})"),
            "in.jsonl:2:38: urls: unknown key (did you mean 'url'?)");
}

TEST(PromptFile, AMistakeDoesNotStopTheRest) {
  const std::string text = R"({"prompt": "x", "custom_id": "line-2"})"
                           "\n" +
                           std::string((1U << 20U) + 1, 'x') +
                           "\nnonsense\n"
                           R"({"prompt": "y", "custom_id": "line-2"})"
                           "\n"
                           R"({"prompt": "z"})";
  PromptFile file(text, "in.jsonl");
  EXPECT_EQ(file.next()->id, "line-2");
  const auto too_long = file.next();
  EXPECT_EQ(too_long->id, "line-2+") << "another line calls itself so";
  EXPECT_EQ(too_long->mistake, "in.jsonl:2: the line is longer than 1 MiB: this is no trace");
  const auto nonsense = file.next();
  EXPECT_EQ(nonsense->id, "line-3");
  EXPECT_EQ(nonsense->body, "nonsense");
  EXPECT_EQ(file.next()->id, "line-4") << "an id that comes twice is of the first";
  const auto last = file.next();
  EXPECT_EQ(last->id, "line-5");
  EXPECT_EQ(last->mistake, "");
  EXPECT_FALSE(file.next());
}

TEST(PromptFile, FingerprintsAreOfAllThatIsAsked) {
  const auto of = [](const std::string& line) {
    return PromptFile(line, "in.jsonl").next()->fingerprint();
  };
  const std::string chat = R"({"custom_id": "a", "url": "/v1/chat/completions", "body": {"x": 1}})";
  EXPECT_EQ(of(chat), of(R"({"body":{"x":1},"url":"/v1/chat/completions","custom_id":"a"})"));
  EXPECT_NE(of(chat), of(R"({"custom_id": "a", "url": "/v1/completions", "body": {"x": 1}})"));
  EXPECT_NE(of(chat), of(R"({"custom_id": "b", "url": "/v1/chat/completions", "body": {"x": 1}})"));
  EXPECT_NE(of(chat), of(R"({"custom_id": "a", "url": "/v1/chat/completions", "body": {"x": 2}})"));
}

}  // namespace
}  // namespace tandem

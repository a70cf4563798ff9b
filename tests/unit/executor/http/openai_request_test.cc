// What the bodies of requests mean, and what is said of those that mean nothing.

#include "executor/http/openai_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "executor/http/answer_text.h"
#include "executor/http/api_error.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// "STATUS PARAM: MESSAGE" of what is thrown.
template <class Act>
std::string refusal(Act act) {
  try {
    act();
  } catch (const ApiError& error) {
    const auto json = nlohmann::json::parse(to_json(error));
    EXPECT_EQ(json["error"]["message"], well_formed(error.what()));
    return std::to_string(error.status) + " " + error.param + ": " + error.what();
  }
  return "taken";
}
std::string completion_refusal(const std::string& fields) {
  return refusal(
      [&] { parse_completion("{\"model\": \"m\", \"prompt\": \"p\", " + fields + "}"); });
}
std::string chat_refusal(const std::string& messages) {
  return refusal([&] { parse_chat(R"({"model": "m", "messages": )" + messages + "}"); });
}

TEST(OpenaiRequest, EveryFieldOfACompletionIsRead) {
  const CompletionRequest request = parse_completion(R"({"model": "gpt2", "prompt": "Once",
    "max_tokens": 7, "min_tokens": 2, "temperature": 0.5, "top_p": 0.9, "top_k": 40, "seed": -3,
    "stop": ["a", "b"], "ignore_eos": true, "priority": 5, "user": "u", "logprobs": 3, "n": 2,
    "stream": true, "stream_options": {"include_usage": true}})");
  EXPECT_EQ(request.model, "gpt2");
  EXPECT_THAT(request.prompts, ElementsAre(Prompt("Once")));
  EXPECT_EQ(request.max_tokens, 7U);
  EXPECT_EQ(request.sampling.min_tokens, 2U);
  EXPECT_EQ(request.sampling.temperature, 0.5);
  EXPECT_EQ(request.sampling.top_p, 0.9);
  EXPECT_EQ(request.sampling.top_k, 40);
  EXPECT_EQ(request.seed, static_cast<std::uint64_t>(-3));
  EXPECT_THAT(request.stops, ElementsAre("a", "b"));
  EXPECT_TRUE(request.sampling.ignore_end);
  EXPECT_EQ(request.priority, 5);
  EXPECT_EQ(request.sampling.logprobs, 3);
  EXPECT_EQ(request.choices, 2U);
  EXPECT_TRUE(request.streams);
  EXPECT_TRUE(request.wants_usage);
  EXPECT_THAT(request.ignored, ElementsAre());
}

TEST(OpenaiRequest, WhatIsAbsentOrNullHasItsUsualMeaning) {
  const CompletionRequest request =
      parse_completion(R"({"model": "m", "prompt": "p", "seed": null, "stop": null})");
  EXPECT_EQ(request.max_tokens, std::nullopt);
  EXPECT_EQ(request.seed, std::nullopt);
  EXPECT_EQ(request.sampling.temperature, 1);
  EXPECT_EQ(request.sampling.logprobs, -1);
  EXPECT_FALSE(request.streams);
  EXPECT_EQ(request.choices, 1U);
}

TEST(OpenaiRequest, PromptsAreTextsOrTokens) {
  const auto prompts = [](const std::string& prompt) {
    return parse_completion(R"({"model": "m", "prompt": )" + prompt + "}").prompts;
  };
  using Tokens = std::vector<TokenId>;
  EXPECT_THAT(prompts(R"(["a", "b"])"), ElementsAre(Prompt("a"), Prompt("b")));
  EXPECT_THAT(prompts("[1, 2]"), ElementsAre(Prompt(Tokens{1, 2})));
  EXPECT_THAT(prompts("[[1], [2, 3]]"), ElementsAre(Prompt(Tokens{1}), Prompt(Tokens{2, 3})));
}

TEST(OpenaiRequest, ContentIsAStringOrAListOfParts) {
  const CompletionRequest request = parse_chat(R"({"model": "m", "max_completion_tokens": 9,
    "logprobs": true, "top_logprobs": 2, "messages": [{"role": "developer", "content": "s"},
    {"role": "user",
     "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]})");
  EXPECT_EQ(request.messages[0].role, "system");
  EXPECT_EQ(request.messages[1].content, "ab");
  EXPECT_EQ(request.max_tokens, 9U);
  EXPECT_EQ(request.sampling.logprobs, 2);
}

TEST(OpenaiRequest, UnknownFieldsAreNamed) {
  const auto request = parse_completion(R"({"model": "m", "prompt": "p", "best_of": 2,
    "stream_options": {"colour": "red"}})");
  EXPECT_THAT(request.ignored, ElementsAre("best_of", "stream_options.colour"));
}

TEST(OpenaiRequest, WhatIsNoJsonIsShownItsPlace) {
  EXPECT_THAT(refusal([] { parse_completion("{\"model\": \"m\",}"); }),
              HasSubstr("400 : the body is not JSON: byte 15, line 1, column 15: "));
  EXPECT_THAT(refusal([] { parse_completion("{\"model\": \"\xFF\"}"); }),
              HasSubstr("the body is not JSON: byte 12, line 1, column 12: syntax error while "
                        "parsing value - invalid string: ill-formed UTF-8 byte"));
  EXPECT_THAT(refusal([] { parse_chat(""); }), HasSubstr("byte 1"));
  EXPECT_EQ(refusal([] { parse_chat("[]"); }),
            "400 : the body must be a JSON object, not a value of kind array");
}

TEST(OpenaiRequest, DeepNestingIsAnErrorLikeAnyOther) {
  EXPECT_THAT(refusal([] { parse_chat(std::string(1 << 20, '[')); }), HasSubstr("not JSON"));
}

TEST(OpenaiRequest, EveryFieldIsHeldToItsRange) {
  EXPECT_EQ(completion_refusal(R"("temperature": 2.5)"),
            "400 temperature: 'temperature' must be a number from 0 to 2, not 2.5");
  EXPECT_EQ(completion_refusal(R"("temperature": "hot")"),
            "400 temperature: 'temperature' must be a number from 0 to 2, not \"hot\"");
  EXPECT_EQ(completion_refusal(R"("max_tokens": 0)"),
            "400 max_tokens: 'max_tokens' must be a whole number from 1 to 4294967295, not 0");
  EXPECT_EQ(completion_refusal(R"("max_tokens": 18446744073709551615)"),
            "400 max_tokens: 'max_tokens' must be a whole number from 1 to 4294967295, not "
            "18446744073709551615");
  EXPECT_EQ(completion_refusal(R"("top_p": 0)"), "400 top_p: 'top_p' must be more than 0");
  EXPECT_EQ(completion_refusal(R"("min_tokens": 3, "max_tokens": 2)"),
            "400 min_tokens: 'min_tokens' is 3, more than 'max_tokens', 2");
  EXPECT_EQ(completion_refusal(R"("stop": [])"), "taken");
  EXPECT_THAT(completion_refusal(R"("stop": [""])"), HasSubstr("up to 16 of them"));
  EXPECT_THAT(completion_refusal(R"("stop": 5)"), HasSubstr("400 stop"));
  EXPECT_THAT(completion_refusal(R"("n": 129)"), HasSubstr("from 1 to 128"));
  EXPECT_THAT(completion_refusal(R"("stream": 1)"), HasSubstr("true or false"));
  EXPECT_THAT(completion_refusal(R"("echo": true, "logprobs": 1)"),
              HasSubstr("none of the prompt"));
}

TEST(OpenaiRequest, WhatIsMissingIsNamed) {
  EXPECT_EQ(refusal([] { parse_completion(R"({"prompt": "p"})"); }),
            "400 model: 'model' is missing");
  EXPECT_EQ(refusal([] { parse_completion(R"({"model": "m"})"); }),
            "400 prompt: 'prompt' is missing");
  EXPECT_THAT(refusal([] { parse_completion(R"({"model": "m", "prompt": [1, -2]})"); }),
              HasSubstr("whole numbers from 0 on"));
}

TEST(OpenaiRequest, MessagesThatCannotBeReadAreNamed) {
  EXPECT_EQ(chat_refusal(R"([{"role": "usr", "content": "x"}])"),
            "400 messages[0]: 'messages[0].role': unknown role 'usr' (did you mean 'user'?)");
  EXPECT_THAT(chat_refusal(R"([{"role": "user", "content": [{"type": "image_url"}]}])"),
              HasSubstr("only parts"));
  EXPECT_THAT(chat_refusal("[]"), HasSubstr("at least one message"));
  EXPECT_THAT(chat_refusal("[5]"), HasSubstr("must be an object"));
}

}  // namespace
}  // namespace tandem

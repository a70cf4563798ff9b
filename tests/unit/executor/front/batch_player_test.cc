// Files of prompts become files of answers, whatever happens to replicas meanwhile.

#include "executor/front/batch_player.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/fake_desk.h"
#include "tests/support/temporary_folder.h"

namespace tandem {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

std::string plain(const std::string& id, const std::string& prompt, json others = json::object()) {
  others.update(json{{"custom_id", id}, {"prompt", prompt}});
  if (!others.contains("max_tokens")) others["max_tokens"] = 3;
  return others.dump() + "\n";
}

class BatchPlayers : public testing::Test {
 protected:
  /// Plays a file until it has finished, with `beat` before each step of the desk.
  void play(
      const std::string& text, const std::function<void()>& beat = [] {}) {
    PromptFile prompts(text, "in.jsonl");
    AnswerFile answers(path_);
    bool finished = false;
    BatchPlayer player(loop_, desk_, {0, TenantId{1}, most_, prompts, answers, progress_}, 7,
                       [&] { finished = true; });
    player.begin();
    for (int i = 0; i < 200 && !finished; ++i) {
      turn();
      most_running_ = std::max(most_running_, desk_.running());
      beat();
      turn();
      desk_.step();
    }
    EXPECT_TRUE(finished);
  }
  void turn() {
    loop_.restart();
    loop_.poll();
  }
  /// By their ids: what is in the file of answers.
  std::map<std::string, json> answers() const {
    std::map<std::string, json> found;
    std::ifstream file(path_);
    for (std::string line; std::getline(file, line);) {
      const json answer = json::parse(line);
      EXPECT_TRUE(found.emplace(answer["custom_id"], answer["response"]).second) << line;
    }
    return found;
  }
  /// "a 200 text", of one answer.
  std::string told(const std::string& id) const {
    const json answer = answers().at(id);
    const json& body = answer["body"];
    return std::to_string(answer["status_code"].get<int>()) + " " +
           (body.contains("error") ? body["error"]["message"] : body["choices"][0]["text"])
               .get<std::string>();
  }

  boost::asio::io_context loop_;
  FakeDesk desk_{loop_};
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "out.jsonl";
  std::size_t most_ = 4;
  std::size_t most_running_ = 0;
  BatchProgress progress_;
};

TEST_F(BatchPlayers, AnswersAsOverHttp) {
  play(plain("a", "abc", {{"max_tokens", 5}}) +
       R"({"custom_id": "b", "url": "/v1/chat/completions", "body": {"model": "bytes", )"
       R"("messages": [{"role": "user", "content": "x"}], "max_tokens": 2}})");
  const json a = answers().at("a")["body"];
  EXPECT_EQ(a["object"], "text_completion");
  EXPECT_EQ(a["choices"][0]["text"], "abcab");
  EXPECT_EQ(a["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(a["usage"],
            (json{{"prompt_tokens", 3}, {"completion_tokens", 5}, {"total_tokens", 8}}));
  const json b = answers().at("b")["body"];
  EXPECT_EQ(b["object"], "chat.completion");
  EXPECT_EQ(b["choices"][0]["message"]["role"], "assistant");
  EXPECT_EQ(progress_.answered, 2);
  EXPECT_EQ(progress_.wrong, 0);
  EXPECT_EQ(progress_.tokens, 7);
  EXPECT_EQ(desk_.submitted[0].tenant, TenantId{1});
}

TEST_F(BatchPlayers, SoManyAtATime) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += plain(std::to_string(i), "x");
  play(text);
  EXPECT_EQ(answers().size(), 20U);
  EXPECT_EQ(most_running_, 4U);
}

TEST_F(BatchPlayers, WhatIsWrongIsAnsweredToo) {
  play(plain("temperature", "x", {{"temperature", 9}}) + "nonsense\n" +
       plain("model", "x", {{"model", "other"}}) + plain("stream", "x", {{"stream", true}}) +
       plain("long", std::string(1999, 'x')) + plain("good", "x") +
       plain("field", "x", {{"best_off", 2}}));
  EXPECT_THAT(told("temperature"), HasSubstr("400 'temperature'"));
  EXPECT_EQ(told("line-2"), "400 in.jsonl:2:2: this is no JSON object");
  EXPECT_EQ(told("model"), "404 'bytes' is asked here, not 'other'");
  EXPECT_EQ(told("stream"), "400 'stream': a file has whole answers only");
  EXPECT_THAT(told("long"), HasSubstr("400 'bytes' has a context of 2000 tokens"));
  EXPECT_EQ(told("good"), "200 xxx");
  EXPECT_EQ(progress_.answered, 7);
  EXPECT_EQ(progress_.wrong, 5);
  EXPECT_THAT(progress_.ignored, ElementsAre("best_off"));
}

TEST_F(BatchPlayers, WhoIsAnsweredIsNotAskedAgain) {
  play(plain("a", "x") + plain("b", "y"));
  desk_.submitted.clear();
  play(plain("a", "x") + plain("b", "y") + plain("c", "z"));
  ASSERT_EQ(desk_.submitted.size(), 1U);
  EXPECT_THAT(desk_.submitted[0].prompt, ElementsAre('z'));
  EXPECT_EQ(answers().size(), 3U);
}

TEST_F(BatchPlayers, WithoutASeedTheBatchHasOne) {
  play(plain("a", "x") + plain("b", "x") + plain("c", "x", {{"seed", 11}}));
  const auto seeds = [this] {
    std::vector<std::uint64_t> drawn;
    for (const Generation& one : desk_.submitted) drawn.push_back(one.sampling.seed);
    return drawn;
  };
  const auto first = seeds();
  EXPECT_NE(first[0], first[1]);
  EXPECT_EQ(first[2], 11U);
  desk_.submitted.clear();
  std::filesystem::remove(path_);
  play(plain("a", "x") + plain("b", "x") + plain("c", "x", {{"seed", 11}}));
  EXPECT_EQ(seeds(), first);
}

TEST_F(BatchPlayers, WhoseReplicaIsLostIsAskedAgain) {
  int beats = 0;
  // Its answer has begun by then.
  play(plain("a", "abc"), [&] {
    if (++beats == 2) desk_.fail_all("the replica was lost");
  });
  EXPECT_EQ(told("a"), "200 abc");
  EXPECT_EQ(desk_.submitted.size(), 2U);
  EXPECT_EQ(progress_.wrong, 0);
}

TEST_F(BatchPlayers, WhatBreaksEveryReplicaIsGivenUp) {
  play(plain("a", "abc"), [&] { desk_.fail_all("the replica was lost"); });
  EXPECT_EQ(told("a"), "503 the replica was lost");
  EXPECT_EQ(desk_.submitted.size(), 5U);
}

TEST_F(BatchPlayers, WithoutAServiceTheRestKeepsItsPlace) {
  int beats = 0;
  most_ = 1;
  play(plain("a", "x") + plain("b", "y") + plain("c", "z"), [&] {
    if (++beats == 3) desk_.places = 0;
  });
  EXPECT_EQ(answers().size(), 1U) << "no answer is better than one that says nothing";
  EXPECT_EQ(progress_.obstacle, "the queue is full");
  desk_.places = 9;
  play(plain("a", "x") + plain("b", "y") + plain("c", "z"));
  EXPECT_EQ(answers().size(), 3U);
}

}  // namespace
}  // namespace tandem

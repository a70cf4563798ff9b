// Text of answers: characters, stop strings, prompts of chats.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "executor/http/answer_text.h"
#include "executor/http/chat_prompt.h"
#include "executor/http/stop_strings.h"
#include "tests/support/error_of.h"
#include "workloads/generators/random.h"

namespace tandem {
namespace {

using testing::ElementsAre;

std::size_t below(Stream& random, std::size_t bound) { return random() % bound; }

/// Of whole characters, of parts of some, and of bytes that begin none.
std::string random_bytes(Stream& random) {
  const std::vector<std::string> parts{
      "a",    "b",        "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xE2\x82",
      "\xC3", "\xF0\x9F", "\xFF",     "\xC0\xAF",     "\xED\xA0\x80"};
  std::string bytes;
  for (std::size_t i = below(random, 12); i > 0; --i) bytes += parts[below(random, parts.size())];
  return bytes;
}

/// The same bytes in pieces of any length.
std::vector<std::string> cut(std::string_view bytes, Stream& random) {
  std::vector<std::string> pieces;
  while (!bytes.empty()) {
    const std::size_t length = std::min(bytes.size(), below(random, 5));
    pieces.emplace_back(bytes.substr(0, length));
    bytes.remove_prefix(length);
  }
  return pieces;
}

TEST(AnswerText, IsTheSameHoweverItsBytesAreCut) {
  Stream random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::string bytes = random_bytes(random);
    AnswerText text;
    std::string given;
    for (const std::string& piece : cut(bytes, random)) {
      const std::string more = text.add(piece);
      EXPECT_EQ(more, well_formed(more)) << "a character was cut";
      given += more;
    }
    given += text.end();
    ASSERT_EQ(given, well_formed(bytes)) << "case " << i;
  }
}

TEST(AnswerText, GivesACharacterWithItsLastByte) {
  AnswerText text;
  EXPECT_EQ(text.add("x\xE2"), "x");
  EXPECT_EQ(text.add("\x82"), "");
  EXPECT_EQ(text.add("\xAC"
                     "y"),
            "\u20ACy");
  EXPECT_EQ(text.end(), "");
}

TEST(AnswerText, AnIncompleteEndIsOneReplacement) {
  AnswerText text;
  EXPECT_EQ(text.add("a\xF0\x9F\x98"), "a");
  EXPECT_EQ(text.end(), "\uFFFD");
}

/// Where a text ends by its stop strings, found the slow way.
std::string ended(const std::string& text, const std::vector<std::string>& stops) {
  for (std::size_t end = 1; end <= text.size(); ++end) {
    std::size_t longest = 0;
    for (const std::string& stop : stops) {
      if (std::string_view(text).substr(0, end).ends_with(stop)) {
        longest = std::max(longest, stop.size());
      }
    }
    if (longest > 0) return text.substr(0, end - longest);
  }
  return text;
}

std::string random_word(Stream& random, std::size_t longest) {
  std::string word;
  for (std::size_t i = below(random, longest); i > 0; --i)
    word += below(random, 2) == 0 ? 'a' : 'b';
  return word;
}

TEST(StopStrings, EndTheTextWhereSearchingAllOfItWould) {
  Stream random(2);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::string> stops;
    for (std::size_t n = below(random, 4); n > 0; --n)
      stops.push_back("a" + random_word(random, 5));
    const std::string text = random_word(random, 30);
    StopStrings found(stops);
    std::string given;
    for (const std::string& piece : cut(text, random)) given += found.add(piece);
    if (!found.found()) given += found.end();
    ASSERT_EQ(given, ended(text, stops)) << "case " << i << ": " << text;
    ASSERT_EQ(found.found(), ended(text, stops) != text);
  }
}

TEST(StopStrings, HoldBackOnlyWhatMayBeTheBeginningOfOne) {
  StopStrings stops({"\n\nEND", "###"});
  EXPECT_EQ(stops.add("one\n"), "one");
  EXPECT_EQ(stops.add("two#"), "\ntwo");
  EXPECT_EQ(stops.add("#"), "");
  EXPECT_EQ(stops.add(" x"), "## x");
  EXPECT_EQ(stops.add("\n\nEN"), "");
  EXPECT_EQ(stops.add("D and more"), "");
  EXPECT_TRUE(stops.found());
  EXPECT_EQ(stops.add("never"), "");
}

TEST(StopStrings, WithoutAnyEverythingPasses) {
  StopStrings stops({});
  EXPECT_EQ(stops.add("text"), "text");
  EXPECT_EQ(stops.end(), "");
}

/// Bytes, and the special tokens of ChatML and LLaMA from 256 on.
class SpecialBytes final : public Tokenizer {
 public:
  explicit SpecialBytes(std::optional<TokenId> begin) : begin_(begin) {}
  std::optional<TokenId> begin_of_text() const override { return begin_; }
  std::string_view name() const override { return "special"; }
  std::int64_t vocabulary() const override { return 256 + std::ssize(names_); }
  std::vector<TokenId> encode(std::string_view text, SpecialTokens specials) const override {
    std::vector<TokenId> ids;
    while (!text.empty()) {
      const auto special =
          std::ranges::find_if(names_, [&](const auto& name) { return text.starts_with(name); });
      const bool is_special = specials == SpecialTokens::kAreTokens && special != names_.end();
      ids.push_back(is_special ? 256 + static_cast<TokenId>(special - names_.begin())
                               : static_cast<unsigned char>(text.front()));
      text.remove_prefix(is_special ? special->size() : 1);
    }
    return ids;
  }
  std::string_view bytes(TokenId id) const override {
    return id < 256 ? bytes_->bytes(id) : names_[id - 256];
  }
  std::optional<TokenId> end_of_text() const override { return std::nullopt; }

 private:
  const std::optional<TokenId> begin_;
  const std::unique_ptr<const Tokenizer> bytes_ = byte_tokenizer();
  const std::vector<std::string> names_{
      "<|im_start|>",        "<|im_end|>",       "<s>", "</s>", "<|begin_of_text|>", "<|eot_id|>",
      "<|start_header_id|>", "<|end_header_id|>"};
};

/// Special tokens in curly brackets, so that a text of the same looks is told apart.
std::string prompt_text(std::string_view name, const std::vector<ChatMessage>& messages,
                        std::optional<TokenId> begin = {}) {
  const SpecialBytes tokenizer(begin);
  std::string text;
  for (const TokenId id : chat_prompt(name, messages, tokenizer)) {
    const std::string bytes(tokenizer.bytes(id));
    text += id < 256 ? bytes : "{" + bytes + "}";
  }
  return text;
}

const std::vector<ChatMessage> kChat{
    {"system", "Be brief."}, {"user", " Hi "}, {"assistant", "Yes?"}, {"user", "<|im_end|>"}};

TEST(ChatPrompt, FormsAreThoseOfTheirModels) {
  EXPECT_EQ(prompt_text("chatml", kChat),
            "{<|im_start|>}system\nBe brief.{<|im_end|>}\n{<|im_start|>}user\n Hi {<|im_end|>}\n"
            "{<|im_start|>}assistant\nYes?{<|im_end|>}\n{<|im_start|>}user\n<|im_end|>"
            "{<|im_end|>}\n{<|im_start|>}assistant\n");
  EXPECT_EQ(prompt_text("llama-2", kChat),
            "{<s>}[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nHi [/INST] Yes? {</s>}"
            "{<s>}[INST] <|im_end|> [/INST]");
  EXPECT_EQ(prompt_text("llama-3", {kChat.begin(), kChat.begin() + 2}),
            "{<|begin_of_text|>}{<|start_header_id|>}system{<|end_header_id|>}\n\nBe brief."
            "{<|eot_id|>}{<|start_header_id|>}user{<|end_header_id|>}\n\nHi{<|eot_id|>}"
            "{<|start_header_id|>}assistant{<|end_header_id|>}\n\n");
  EXPECT_EQ(prompt_text("plain", {{"user", "Hi"}}), "user: Hi\nassistant:");
}

TEST(ChatPrompt, BeginsOnceAsTheModelWantsEveryText) {
  constexpr TokenId kBegin = 258;  // <s>
  const std::vector<ChatMessage> hi{{"user", "Hi"}};
  EXPECT_EQ(prompt_text("plain", hi, kBegin), "{<s>}user: Hi\nassistant:");
  EXPECT_EQ(prompt_text("chatml", hi, kBegin), "{<s>}" + prompt_text("chatml", hi));
  EXPECT_EQ(prompt_text("llama-2", kChat, kBegin), prompt_text("llama-2", kChat));
  EXPECT_EQ(prompt_text("llama-3", hi, 260), prompt_text("llama-3", hi)) << "<|begin_of_text|>";
}

TEST(ChatPrompt, WhatHasNoFormIsAnError) {
  EXPECT_EQ(error_of([] { prompt_text("chatm", kChat); }),
            "unknown chat template 'chatm' (did you mean 'chatml'?)");
  EXPECT_EQ(error_of([] {
              prompt_text("llama-2", {{"assistant", "Hi"}});
            }),
            "the form 'llama-2' wants user and assistant by turns, and here 'user', not "
            "'assistant'");
  EXPECT_EQ(error_of([] {
              prompt_text("llama-2", {{"system", "Hi"}});
            }),
            "the form 'llama-2' wants a user's message last");
}

TEST(ChatPrompt, TheEndOfATurnEndsAnAnswer) {
  EXPECT_THAT(chat_stops("chatml"), ElementsAre("<|im_end|>"));
  EXPECT_THAT(chat_stops("plain"), ElementsAre("\nuser:"));
}

}  // namespace
}  // namespace tandem

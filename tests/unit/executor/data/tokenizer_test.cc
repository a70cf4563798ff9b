// GPT-2's tokenizer against the published cases, and small vocabularies against hand.
#include "executor/data/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "executor/data/gpt2_words.h"
#include "executor/data/merges.h"
#include "executor/data/text_stream.h"
#include "executor/data/vocabulary.h"
#include "tests/support/error_of.h"
#include "tests/support/shared_traces.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/executor/data/published_cases.h"
#include "tests/unit/executor/data/small_vocabulary.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<TokenId>;

constexpr const char* kGpt2 = "text/r50k_base.tiktoken";

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    words.emplace_back(text.substr(0, first_word(text)));
    text.remove_prefix(words.back().size());
  }
  return words;
}

TEST(Gpt2Words, AreThoseOfTheExpression) {
  EXPECT_THAT(words_of("Hello  world"), ElementsAre("Hello", " ", " world"));
  EXPECT_THAT(words_of("we'll, they've'd"), ElementsAre("we", "'ll", ",", " they", "'ve", "'d"));
  EXPECT_THAT(words_of("!'s 's"), ElementsAre("!'", "s", " '", "s")) << "only at its own place";
  EXPECT_THAT(words_of("'S'x"), ElementsAre("'", "S", "'", "x"));
  EXPECT_THAT(words_of("a1b"), ElementsAre("a", "1", "b"));
  EXPECT_THAT(words_of(" \t x"), ElementsAre(" \t", " x"));
  EXPECT_THAT(words_of("\n\nx"), ElementsAre("\n", "\n", "x"));
  EXPECT_THAT(words_of("x \n"), ElementsAre("x", " \n"));
  EXPECT_THAT(words_of(" "), ElementsAre(" "));
}

TEST(Gpt2Words, KnowUnicode) {
  EXPECT_THAT(words_of("\u00FCber\u4E2D\u0663\u00BD!"),
              ElementsAre("\u00FCber\u4E2D", "\u0663\u00BD", "!"));
  EXPECT_THAT(words_of("a\u00A0\u3000b"), ElementsAre("a", "\u00A0", "\u3000", "b"));
  EXPECT_THAT(words_of("a\u0085\u2028"), ElementsAre("a", "\u0085\u2028")) << "spaces, both";
  EXPECT_THAT(words_of("e\u0301"), ElementsAre("e", "\u0301")) << "a mark is no letter";
  EXPECT_THAT(words_of("a\xFF\xC3"), ElementsAre("a", "\xFF\xC3")) << "and broken bytes none";
}

TEST(Gpt2Words, TextsMayBeCutBetweenThem) {
  EXPECT_EQ(cut_between_words("one two", 0), 3U);
  EXPECT_EQ(cut_between_words("one two", 4), 7U);
  EXPECT_EQ(cut_between_words("a  b\n c", 2), 7U) << "a space behind a space may belong to it";
}

/// The merges of a small vocabulary with `more`, in which each token's rank is its number.
Merges some_merges(std::initializer_list<std::string_view> more) {
  const auto tokens = read_vocabulary(small_vocabulary(more), "v");
  std::vector<std::uint32_t> ranks(tokens.size());
  std::iota(ranks.begin(), ranks.end(), 0U);
  return merges_of(tokens, ranks);
}

TEST(Merges, LowestRankFirstThenLeftmost) {
  // Ranks: ab 256, bc 257, abc 258, aa 259, cd 260.
  const Merges merges = some_merges({"ab", "bc", "abc", "aa", "cd"});
  const auto merged = [&](std::string_view word) {
    Ids ids(word.begin(), word.end());
    Merger(merges).merge(ids);
    return ids;
  };
  EXPECT_THAT(merged("abcd"), ElementsAre(258, 'd')) << "ab before cd, then abc";
  EXPECT_THAT(merged("aaa"), ElementsAre(259, 'a'));
  EXPECT_THAT(merged("aab"), ElementsAre('a', 256));
  EXPECT_THAT(merged("bcd"), ElementsAre(257, 'd'));
  EXPECT_THAT(merged("x"), ElementsAre('x'));
}

TEST(Merges, LongWordsTakeNoLongTime) {
  const Merges merges = some_merges({"aa", "aaaa"});
  Ids ids(1'000'000, 'a');
  Merger(merges).merge(ids);  // Pair by pair over the word: 10^12 steps.
  EXPECT_EQ(ids, Ids(250'000, 257));
}

TEST(Gpt2Tokenizer, PassesThePublishedCases) {
  TANDEM_NEEDS_SHARED_TRACE("text/ggml-vocab-gpt-2.gguf.inp");
  const auto tokenizer = gpt2_tokenizer(shared_trace(kGpt2));
  EXPECT_EQ(tokenizer->vocabulary(), 50'257);
  const auto cases = published_cases();
  ASSERT_EQ(cases.size(), 47U);
  for (const auto& [text, ids] : cases) {
    EXPECT_EQ(tokenizer->encode(text, SpecialTokens::kAreText), ids) << text;
    EXPECT_EQ(tokenizer->decode(ids), text);
  }
}

TEST(Gpt2Tokenizer, SpecialTokensAreTextUnlessAskedFor) {
  const TemporaryFile file("v.tiktoken", small_vocabulary({"ab"}));
  const auto tokenizer = gpt2_tokenizer(file.path());
  EXPECT_EQ(tokenizer->name(), "gpt2");
  EXPECT_EQ(tokenizer->vocabulary(), 258);
  EXPECT_EQ(tokenizer->end_of_text(), 257U);
  const std::string text = "ab<|endoftext|>ab";
  EXPECT_THAT(tokenizer->encode(text, SpecialTokens::kAreTokens), ElementsAre(256, 257, 256));
  const Ids as_text = tokenizer->encode(text, SpecialTokens::kAreText);
  EXPECT_EQ(as_text.size(), 2 + 13U);
  EXPECT_EQ(tokenizer->decode(as_text), text);
  EXPECT_EQ(tokenizer->decode(Ids{256, 257}), "ab<|endoftext|>");
  EXPECT_EQ(error_of([&] { tokenizer->bytes(258); }), "258 is no token: the vocabulary has 258");
}

TEST(ByteTokenizer, IsTheBytes) {
  const auto tokenizer = byte_tokenizer();
  EXPECT_THAT(tokenizer->encode("a\xFF", SpecialTokens::kAreText), ElementsAre('a', 255));
  EXPECT_EQ(tokenizer->decode(Ids{'a', 255}), "a\xFF");
  EXPECT_EQ(tokenizer->vocabulary(), 256);
  EXPECT_FALSE(tokenizer->end_of_text());
  EXPECT_EQ(error_of([&] { tokenizer->bytes(256); }), "256 is no byte");
}

std::string streamed(std::string_view bytes, std::vector<std::string>& pieces) {
  const auto tokenizer = byte_tokenizer();
  TextStream stream(*tokenizer);
  std::string all;
  for (const TokenId id : tokenizer->encode(bytes, SpecialTokens::kAreText)) {
    pieces.push_back(stream.add(id));
    all += pieces.back();
  }
  return all + stream.finish();
}

TEST(TextStream, NeverShowsHalfACharacter) {
  std::vector<std::string> pieces;
  EXPECT_EQ(streamed("a\u20AC\U0001F600", pieces), "a\u20AC\U0001F600");
  EXPECT_THAT(pieces, ElementsAre("a", "", "", "\u20AC", "", "", "", "\U0001F600"));
}

TEST(TextStream, ShowsThatBytesAreNoText) {
  std::vector<std::string> pieces;
  EXPECT_EQ(streamed("a\xFF\x80z", pieces), "a\uFFFD\uFFFDz");
  EXPECT_EQ(streamed("\xE2\x82z", pieces), "\uFFFDz") << "one for a beginning without an end";
  EXPECT_EQ(streamed("\xE2\x82", pieces), "\uFFFD");
  EXPECT_EQ(streamed("\xED\xA0\x80", pieces), "\uFFFD\uFFFD\uFFFD") << "a surrogate";
  EXPECT_EQ(streamed("\xC0\x80", pieces), "\uFFFD\uFFFD") << "longer than needed";
}

std::string vocabulary_error(const std::string& text) {
  return error_of([&] { read_vocabulary(text, "v.tiktoken"); });
}

TEST(Vocabulary, SaysWhereItIsWrong) {
  EXPECT_EQ(read_vocabulary(small_vocabulary({"ab"}), "v").at(256), "ab");
  EXPECT_EQ(vocabulary_error("YQ==\n"),
            "v.tiktoken:1: expected a token in base64, a space and its rank");
  EXPECT_EQ(vocabulary_error("YQ== 0\nY*== 1\n"), "v.tiktoken:2: 'Y*==' is no base64");
  EXPECT_EQ(vocabulary_error("YR== 0\n"), "v.tiktoken:1: 'YR==' is no base64") << "bits left over";
  EXPECT_EQ(vocabulary_error("Y=Q= 0\n"), "v.tiktoken:1: 'Y=Q=' is no base64");
  EXPECT_EQ(vocabulary_error(" 0\n"), "v.tiktoken:1: '' is no base64");
  EXPECT_EQ(vocabulary_error("YQ== 1\n"),
            "v.tiktoken:1: expected a rank from 0 to less than the 1 lines of the file, not '1'");
  EXPECT_THAT(vocabulary_error("YQ== x\n"), HasSubstr("not 'x'"));
  EXPECT_THAT(vocabulary_error("YQ== -1\n"), HasSubstr("not '-1'"));
  EXPECT_EQ(vocabulary_error("YQ== 0\nYg== 0\n"), "v.tiktoken:2: the rank 0 is there twice");
  EXPECT_EQ(vocabulary_error("YQ== 0\nYQ== 1\n"), "v.tiktoken:2: this token is there twice");
  EXPECT_EQ(vocabulary_error("YQ== 1\n\n"), "v.tiktoken: rank 0 is missing");
  EXPECT_EQ(vocabulary_error("YQ== 0\n"), "v.tiktoken: there is no token for the single byte 0");
  EXPECT_THAT(error_of([] { gpt2_tokenizer("/nowhere.tiktoken"); }), HasSubstr("cannot open it"));
}

}  // namespace
}  // namespace tandem

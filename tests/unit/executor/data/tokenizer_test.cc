// GPT-2's tokenizer against the published cases, and small vocabularies against hand.
#include "executor/data/tokenizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "executor/data/byte_pairs.h"
#include "executor/data/gpt2_words.h"
#include "executor/data/text_stream.h"
#include "executor/data/vocabulary.h"
#include "tests/support/error_of.h"
#include "tests/support/shared_traces.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/executor/data/small_vocabulary.h"

namespace tandem {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Ids = std::vector<TokenId>;

constexpr const char* kGpt2 = "text/r50k_base.tiktoken";

std::string contents(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> parts_of(const std::string& text, const std::string& border) {
  std::vector<std::string> parts;
  std::size_t begin = 0;
  for (std::size_t end = 0; end != std::string::npos; begin = end + border.size()) {
    end = text.find(border, begin);
    parts.push_back(text.substr(begin, end - begin));
  }
  return parts;
}

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

TEST(BytePairs, LowestRankFirstThenLeftmost) {
  // Ranks: ab 256, bc 257, abc 258, aa 259, cd 260.
  const BytePairs pairs(read_vocabulary(small_vocabulary({"ab", "bc", "abc", "aa", "cd"}), "v"));
  const auto merged = [&](std::string_view word) {
    Ids ids;
    pairs.merge(word, ids);
    return ids;
  };
  EXPECT_THAT(merged("abcd"), ElementsAre(258, 'd')) << "ab before cd, then abc";
  EXPECT_THAT(merged("aaa"), ElementsAre(259, 'a'));
  EXPECT_THAT(merged("aab"), ElementsAre('a', 256));
  EXPECT_THAT(merged("bcd"), ElementsAre(257, 'd'));
  EXPECT_THAT(merged("x"), ElementsAre('x'));
}

TEST(BytePairs, LongWordsTakeNoLongTime) {
  const BytePairs pairs(read_vocabulary(small_vocabulary({"aa", "aaaa"}), "v"));
  Ids ids;
  pairs.merge(std::string(1'000'000, 'a'), ids);  // Pair by pair over the word: 10^12 steps.
  EXPECT_EQ(ids, Ids(250'000, 257));
}

TEST(Gpt2Tokenizer, PassesThePublishedCases) {
  TANDEM_NEEDS_SHARED_TRACE("text/ggml-vocab-gpt-2.gguf.inp");
  const auto tokenizer = gpt2_tokenizer(shared_trace(kGpt2));
  EXPECT_EQ(tokenizer->vocabulary(), 50'257);
  const auto texts =
      parts_of(contents(shared_trace("text/ggml-vocab-gpt-2.gguf.inp")), "\n__ggml_vocab_test__\n");
  const auto lines = parts_of(contents(shared_trace("text/ggml-vocab-gpt-2.gguf.out")), "\n");
  ASSERT_EQ(texts.size(), 47U);
  ASSERT_EQ(lines.size(), 47U);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::istringstream numbers(lines[i]);
    const Ids expected{std::istream_iterator<TokenId>(numbers), {}};
    EXPECT_EQ(tokenizer->encode(texts[i], SpecialTokens::kAreText), expected) << texts[i];
    EXPECT_EQ(tokenizer->decode(expected), texts[i]);
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

// Whatever the text, its tokens are its bytes again, a stream of them is valid text, and pieces cut
// between words have the tokens of the whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "executor/data/gpt2_words.h"
#include "executor/data/text_stream.h"
#include "executor/data/utf8.h"
#include "executor/data/vocabulary.h"
#include "tests/support/random.h"
#include "tests/support/shared_traces.h"
#include "tests/support/temporary_file.h"
#include "tests/unit/executor/data/small_vocabulary.h"

namespace tandem {
namespace {

/// Some that words end at, some of every class, some of every length in UTF-8.
void append_char(std::string& text, Random& random) {
  constexpr std::string_view kChars[] = {" ",      "\n",     "'s",     "'ll",    "a",
                                         "ab",     "Z",      "7",      ".",      "\u00E9",
                                         "\u00A0", "\u4E2D", "\u0663", "\u20AC", "\U0001F600"};
  text += kChars[random.below(std::size(kChars))];
}

std::string random_text(Random& random) {
  std::string text;
  const bool is_bytes = random.below(2) == 0;
  for (std::uint64_t i = random.below(200); i > 0; --i) {
    if (is_bytes) text += static_cast<char>(random.below(256));
    if (!is_bytes) append_char(text, random);
  }
  return text;
}

std::unique_ptr<const Tokenizer> some_gpt2() {
  const auto real = shared_trace("text/r50k_base.tiktoken");
  if (std::filesystem::exists(real)) return gpt2_tokenizer(real);
  const TemporaryFile file(
      "v.tiktoken", small_vocabulary({"ab", " a", "\n\n", "aba", "\xC3\xA9", "\xE2\x82", "'ll"}));
  return gpt2_tokenizer(file.path());
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const Utf8Char next = first_char(text);
    if (next.kind != Utf8Char::Kind::kWhole) return false;
    text.remove_prefix(next.length);
  }
  return true;
}

TEST(TokenizerLaws, TokensAreTheirText) {
  const auto gpt2 = some_gpt2();
  const auto bytes = byte_tokenizer();
  for (std::uint64_t seed = 1; seed <= seeds(2000); ++seed) {
    Random random(seed);
    const std::string text = random_text(random);
    for (const Tokenizer* tokenizer : {gpt2.get(), bytes.get()}) {
      const auto ids = tokenizer->encode(text, SpecialTokens::kAreText);
      ASSERT_EQ(tokenizer->decode(ids), text) << "seed " << seed;
      TextStream stream(*tokenizer);
      std::string shown;
      for (const TokenId id : ids) {
        shown += stream.add(id);
        ASSERT_TRUE(is_utf8(shown)) << "seed " << seed;
      }
      shown += stream.finish();
      ASSERT_TRUE(is_utf8(shown)) << "seed " << seed;
      if (is_utf8(text)) {
        ASSERT_EQ(shown, text) << "seed " << seed;
      }
    }
  }
}

std::unique_ptr<const Tokenizer> by_folder(const std::string& kind) {
  return tokenizer_of(std::filesystem::path(TANDEM_SOURCE_DIR) /
                      "tests/unit/executor/data/vocabularies" / kind);
}

TEST(TokenizerLaws, TokensOfFoldersAreTheirText) {
  const auto llama3 = by_folder("llama3");
  const auto llama2 = by_folder("llama2");
  for (std::uint64_t seed = 1; seed <= seeds(2000); ++seed) {
    Random random(seed);
    const std::string text = random_text(random);
    const auto again = [&](const Tokenizer& tokenizer) {
      return tokenizer.decode(tokenizer.encode(text, SpecialTokens::kAreText));
    };
    ASSERT_EQ(again(*llama3), text) << "seed " << seed;
    ASSERT_EQ(again(*llama2), text.empty() ? "" : " " + text) << "seed " << seed;
  }
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  for (; !text.empty(); text.remove_prefix(words.back().size())) {
    words.push_back(text.substr(0, first_word(text)));
  }
  return words;
}

TEST(TokenizerLaws, PiecesAreTheWhole) {
  for (std::uint64_t seed = 1; seed <= seeds(2000); ++seed) {
    Random random(seed);
    const std::string text = random_text(random);
    const auto from = static_cast<std::size_t>(random.between(0, std::ssize(text)));
    const std::size_t cut = cut_between_words(text, from);
    auto words = words_of(std::string_view(text).substr(0, cut));
    const auto rest = words_of(std::string_view(text).substr(cut));
    words.insert(words.end(), rest.begin(), rest.end());
    ASSERT_EQ(words, words_of(text)) << "seed " << seed;
  }
}

/// The rule as it is written down: look at all pairs, merge the first of lowest rank, again.
std::vector<TokenId> merged_plainly(const std::vector<std::string>& tokens, std::string_view word) {
  const auto number = [&](const std::string& text) {
    return std::ranges::find(tokens, text) - tokens.begin();
  };
  std::vector<std::string> parts;
  for (const char byte : word) parts.emplace_back(1, byte);
  while (true) {
    std::ptrdiff_t best = std::ssize(tokens);
    std::size_t at = 0;
    for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
      const std::ptrdiff_t rank = number(parts[i] + parts[i + 1]);
      if (rank >= best) continue;
      best = rank;
      at = i;
    }
    if (best == std::ssize(tokens)) break;
    parts[at] += parts[at + 1];
    parts.erase(parts.begin() + static_cast<std::ptrdiff_t>(at) + 1);
  }
  std::vector<TokenId> ids;
  for (const std::string& part : parts) ids.push_back(static_cast<TokenId>(number(part)));
  return ids;
}

/// Of three letters, so that pairs overlap often.
std::string random_word(Random& random, std::uint32_t longest) {
  std::string word;
  for (std::uint64_t i = 1 + random.below(longest); i > 0; --i) {
    word += static_cast<char>('a' + random.below(3));
  }
  return word;
}

TEST(TokenizerLaws, MergesAreThoseOfTheRule) {
  for (std::uint64_t seed = 1; seed <= seeds(500); ++seed) {
    Random random(seed);
    std::vector<std::string> tokens;
    for (int byte = 0; byte < 256; ++byte) tokens.emplace_back(1, static_cast<char>(byte));
    for (std::uint64_t i = random.below(20); i > 0; --i) {
      const std::string token = random_word(random, 5);
      if (std::ranges::find(tokens, token) == tokens.end()) tokens.push_back(token);
    }
    std::vector<std::uint32_t> ranks(tokens.size());
    std::iota(ranks.begin(), ranks.end(), 0U);
    const Merges merges = merges_of(tokens, ranks);
    const std::string word = random_word(random, 40);
    std::vector<TokenId> ids(word.begin(), word.end());
    Merger(merges).merge(ids);
    ASSERT_EQ(ids, merged_plainly(tokens, word)) << "seed " << seed << ", " << word;
  }
}

}  // namespace
}  // namespace tandem

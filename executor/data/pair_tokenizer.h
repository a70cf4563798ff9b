// Tokenizers that merge pairs: those of GPT-2, Llama 3 and Qwen 2 on bytes, that of Llama 2 on
// characters, with spaces as part of the pieces.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/data/added_tokens.h"
#include "executor/data/merges.h"
#include "executor/data/normalizer.h"
#include "executor/data/text_ends.h"
#include "executor/data/tokenizer.h"
#include "executor/data/word_patterns.h"

namespace tandem {

struct PairModel {
  std::string name;
  /// The bytes of each token by its number; empty: there is no such token. Those that are not made
  /// of others by merging are in `bytes`, `chars` or `added`.
  std::vector<std::string> tokens;
  Merges merges;
  std::array<TokenId, 256> bytes{};  ///< Of the single bytes.
  std::vector<TokenId> chars;        ///< Tokens that are single characters: tried before bytes.
  /// What characters without a token become, in place of bytes, several in a row together.
  std::optional<TokenId> unknown;
  bool takes_whole_words = false;  ///< A word that is a token is not merged, but taken.
  FirstWord first_word = nullptr;  ///< Null: the text is one word.
  Normalizer normalizer;
  std::vector<AddedToken> added;
  TextEnds ends;
};

std::unique_ptr<const Tokenizer> pair_tokenizer(PairModel model);

}  // namespace tandem

// What sentencepiece's two models have in common: pieces as bytes, and the pairs of one of them.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "executor/data/added_tokens.h"
#include "executor/data/pair_tokenizer.h"
#include "executor/data/sentencepiece_model.h"

namespace tandem {

struct PieceTokens {
  std::vector<std::string> bytes;  ///< Of each piece by its number; of special ones, their names.
  std::array<TokenId, 256> of_byte{};  ///< If the model falls back on bytes.
  std::vector<AddedToken> added;       ///< Control pieces and the unknown one.
};

/// Throws InputError if a byte to fall back on is missing.
PieceTokens piece_tokens(const SentencePieces& model, const std::string& file);

/// A model of pairs, all but how texts begin and end. Pairs of higher score are merged first.
PairModel pair_model_of(const SentencePieces& model, const std::string& file);

}  // namespace tandem

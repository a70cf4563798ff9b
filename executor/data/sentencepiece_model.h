// sentencepiece's tokenizer.model: a message of Protocol Buffers, of which we read what makes
// tokens. Debian's library is not used: it brings Protocol Buffers of its own along, under the very
// names of LibTorch's (docs/dependencies.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/data/tokenizer.h"

namespace tandem {

struct SentencePieces {
  enum class Model : std::uint8_t { kUnigram = 1, kPairs = 2 };
  enum class Kind : std::uint8_t { kNormal = 1, kUnknown = 2, kControl = 3, kByte = 6 };
  struct Piece {
    std::string name;
    float score = 0;
    Kind kind = Kind::kNormal;
  };
  Model model = Model::kUnigram;
  std::vector<Piece> pieces;  ///< By number.
  bool falls_back_on_bytes = false;
  TokenId unknown = 0;
  std::string end_name = "</s>";
  bool adds_space = true;     ///< In front of every text.
  bool trims_spaces = true;   ///< At both ends, and to one between words.
  std::string character_map;  ///< Of its normalizer, compiled; empty: characters stay.
};

/// Throws InputError for what is no such file, and for what would make other tokens than ours:
/// other models, pieces of users, spaces behind words.
SentencePieces read_sentence_pieces(std::string_view bytes, const std::string& file);

}  // namespace tandem

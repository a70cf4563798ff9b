// sentencepiece's normalizer: characters by a compiled map, and what it does about spaces.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "executor/data/sentencepiece_model.h"

namespace tandem {

class PieceNormalizer {
 public:
  /// Throws InputError for a damaged map.
  PieceNormalizer(const SentencePieces& model, const std::string& file);

  /// A text as the model's pieces have it, with spaces for their marks. Bytes that are no UTF-8
  /// become U+FFFD.
  std::string normalized(std::string_view text) const;

 private:
  /// What stands for the beginning of a text that is not empty, and how much of it that is.
  struct Prefix {
    std::string_view normalized;
    std::size_t length = 0;
  };
  Prefix first(std::string_view text) const;
  bool adds_space_;
  bool trims_spaces_;
  std::vector<std::uint32_t> trie_;  ///< A double array (Yata et al., Darts-clone).
  std::string targets_;              ///< What the trie's values point into, each ended by a zero.
};

}  // namespace tandem

// Prompts of so many tokens, made up: the same for the same seed, and alike from the start as far
// as two requests are said to be.
#pragma once

#include <cstdint>
#include <string>

#include "policies/core/request.h"

namespace tandem {

class Prompts {
 public:
  /// `block_tokens` is how many tokens a hash of a request's prefix stands for; 0: it has none.
  Prompts(std::uint64_t seed, std::uint32_t block_tokens)
      : seed_(seed), block_tokens_(block_tokens) {}

  /// A JSON list of numbers of tokens. They are from 32 to 126, which every vocabulary has.
  std::string ids(const Request& request) const;
  /// `words` letters, each a word: most vocabularies have a token for each, the others two.
  std::string text(const Request& request, std::uint32_t words) const;

 private:
  std::uint64_t draw(const Request& request, std::uint32_t place) const;

  std::uint64_t seed_;
  std::uint32_t block_tokens_;
};

/// How many tokens the server counts in a text: `fixed`, and `each` for every word.
struct TokenCount {
  double fixed = 0;
  double each = 1;
  /// Words of a text of about so many tokens; at least 1.
  std::uint32_t words_of(std::uint32_t tokens) const;
};

}  // namespace tandem

// Byte-pair encoding of one word: of all neighbours that make a token together, those of lowest
// rank are merged first, the leftmost of several (Sennrich et al. 2016, on bytes).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "executor/data/tokenizer.h"
#include "executor/data/word_table.h"

namespace tandem {

class BytePairs {
 public:
  /// By rank; all 256 single bytes are among them.
  explicit BytePairs(std::vector<std::string> tokens);
  BytePairs(const BytePairs&) = delete;
  BytePairs& operator=(const BytePairs&) = delete;

  std::size_t size() const { return tokens_.size(); }
  const std::string& token(TokenId id) const { return tokens_[id]; }
  /// The token that is all of `bytes`; null if there is none.
  const TokenId* find(std::string_view bytes) const { return ids_.find(bytes); }
  /// Appends the tokens of a word. Takes n log n steps for n bytes.
  void merge(std::string_view word, std::vector<TokenId>& ids) const;

 private:
  std::vector<std::string> tokens_;
  WordTable<TokenId> ids_;
};

}  // namespace tandem

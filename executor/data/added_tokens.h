// Tokens that stand in a text by their names, whatever the pairs of a vocabulary would make of
// them: the special ones, and words that somebody has added.
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/data/tokenizer.h"
#include "executor/data/word_table.h"

namespace tandem {

struct AddedToken {
  std::string name;  ///< Not empty.
  TokenId id = 0;
  bool is_special =
      false;  ///< Only text where SpecialTokens says so; the others are always tokens.
};

class AddedTokens {
 public:
  /// Of several tokens of one name the first counts.
  explicit AddedTokens(std::vector<AddedToken> tokens);
  AddedTokens(const AddedTokens&) = delete;
  AddedTokens& operator=(const AddedTokens&) = delete;

  struct Found {
    std::size_t begin = 0;
    std::size_t end = 0;
    TokenId id = 0;
  };
  /// The first in a text; of several that begin there, the longest.
  std::optional<Found> find(std::string_view text, SpecialTokens specials) const;

  /// Calls `stretch(text)` and `token(id)` for what a text consists of, in its order; no stretch is
  /// empty.
  template <class Stretch, class Token>
  void split(std::string_view text, SpecialTokens specials, Stretch stretch, Token token) const {
    while (!text.empty()) {
      const auto found = find(text, specials);
      if (!found) return stretch(text);
      if (found->begin > 0) stretch(text.substr(0, found->begin));
      token(found->id);
      text.remove_prefix(found->end);
    }
  }

 private:
  std::vector<AddedToken> tokens_;
  WordTable<std::size_t> places_;
  std::vector<std::size_t> lengths_;  ///< Of all names, each once, the longest first.
  std::bitset<256> begins_name_;      ///< By byte.
  bool are_all_special_ = true;
};

}  // namespace tandem

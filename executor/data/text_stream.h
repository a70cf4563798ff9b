// An answer as it comes, token by token, for whoever shows it at once: no token need end where a
// character does.
#pragma once

#include <string>

#include "executor/data/tokenizer.h"

namespace tandem {

/// What it gives out is always valid UTF-8: bytes of a character that is not whole yet are held
/// back, and those that can never belong to one become U+FFFD.
class TextStream {
 public:
  /// `tokenizer` must outlive it.
  explicit TextStream(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  /// The characters that are whole now. Throws InputError for an id beyond the vocabulary.
  std::string add(TokenId id);
  /// What was held back, when nothing more comes.
  std::string finish();

 private:
  const Tokenizer& tokenizer_;
  std::string held_;  ///< At most three bytes: the beginning of a character.
};

}  // namespace tandem

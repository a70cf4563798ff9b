// Vocabularies whose files write tokens by names, and merges as pairs of names.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "executor/data/json_file.h"
#include "executor/data/merges.h"
#include "executor/data/word_table.h"

namespace tandem {

class NamedPairs {
 public:
  /// `vocabulary` is an object {name: number}. Throws InputError if it is none, if a number comes
  /// twice or is too large, and for names that are empty or too long.
  explicit NamedPairs(const JsonPart& vocabulary);
  NamedPairs(const NamedPairs&) = delete;
  NamedPairs& operator=(const NamedPairs&) = delete;

  /// By number; empty: there is no such token.
  std::span<const std::string> names() const { return names_; }
  const TokenId* find(std::string_view name) const { return ids_.find(name); }

  /// Two tokens that become one, behind all that were added before. Returns what is wrong with it.
  std::string add_merge(std::string_view left, std::string_view right);
  Merges merges() && { return std::move(merges_); }

 private:
  std::vector<std::string> names_;
  WordTable<TokenId> ids_;
  Merges merges_;
  std::uint32_t rank_ = 0;
};

/// A number that a token may have. Throws InputError for others.
TokenId token_number(const JsonPart& number);

}  // namespace tandem

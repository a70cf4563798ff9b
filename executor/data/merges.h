// Byte-pair encoding of one word (Sennrich et al. 2016): of all neighbours that become one token
// together, those of lowest rank are merged first, the leftmost of several.
#pragma once

#include <cstddef>
#include <cstdint>
#include <tuple>
#include <vector>

#include "executor/data/tokenizer.h"

namespace tandem {

/// Which neighbours become which token, and how early.
class Merges {
 public:
  struct Merge {
    std::uint32_t rank = 0;
    TokenId token = 0;
  };

  /// What two neighbours become; null if they stay apart. Valid until the next add().
  const Merge* find(TokenId left, TokenId right) const;
  /// Returns whether they were not known to become anything.
  bool add(TokenId left, TokenId right, Merge merge);

 private:
  struct Entry {
    std::uint64_t pair = kNone;
    Merge merge;
  };
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};

  std::size_t place_of(std::uint64_t pair) const;
  void grow();

  std::vector<Entry> entries_;  ///< A power of two, at most half of them used.
  std::size_t size_ = 0;
};

/// Merges the parts of words, one word after the other; keeps its memory. For one thread.
class Merger {
 public:
  /// `merges` must outlive it.
  explicit Merger(const Merges& merges) : merges_(merges) {}

  /// Leaves in `parts` what becomes of a word's parts. Takes n log n steps for n of them.
  void merge(std::vector<TokenId>& parts);

 private:
  /// Two neighbours that can be merged, if they still are neighbours.
  struct Candidate {
    std::uint32_t rank = 0;
    std::uint32_t left = 0;  ///< Place of the first.
    TokenId first = 0;
    TokenId second = 0;
    friend bool operator>(const Candidate& a, const Candidate& b) {
      return std::tie(a.rank, a.left) > std::tie(b.rank, b.left);
    }
  };

  void offer(const std::vector<TokenId>& parts, std::uint32_t left);
  void join(std::vector<TokenId>& parts, std::uint32_t left, TokenId merged);

  const Merges& merges_;
  std::vector<std::uint32_t> next_;    ///< By place: the next part's; of the last, their number.
  std::vector<std::uint32_t> before_;  ///< The place of the part in front.
  std::vector<Candidate> candidates_;
};

}  // namespace tandem

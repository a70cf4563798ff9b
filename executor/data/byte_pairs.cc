// A heap of neighbours that make a token: looking through all of them for each merge would take a
// long word quadratic time, and users may send one.
#include "executor/data/byte_pairs.h"

#include <algorithm>
#include <functional>
#include <tuple>
#include <utility>

namespace tandem {
namespace {

/// The parts of a word while they are merged: a list in which each knows where the next begins.
class Merge {
 public:
  Merge(const BytePairs& pairs, std::string_view word) : pairs_(pairs), word_(word) {
    ends_.resize(word.size());
    before_.resize(word.size());
    for (std::size_t i = 0; i < word.size(); ++i) {
      ends_[i] = i + 1;
      before_[i] = i - 1;  // Of the first, no place at all.
    }
    for (std::size_t i = 0; i < word.size(); ++i) offer(i);
  }

  void run() {
    while (!candidates_.empty()) {
      std::ranges::pop_heap(candidates_, std::greater<>());
      const Candidate best = candidates_.back();
      candidates_.pop_back();
      const auto [rank, left, end] = best;
      // Either part may have been merged with another meanwhile.
      if (ends_[left] == 0 || ends_[left] == word_.size() || ends_[ends_[left]] != end) continue;
      join(left);
    }
  }

  template <class Take>
  void for_parts(Take take) const {
    for (std::size_t at = 0; at < word_.size(); at = ends_[at]) {
      take(word_.substr(at, ends_[at] - at));
    }
  }

 private:
  /// Rank, where the pair begins, and where it ends: of equal ranks the leftmost comes first.
  using Candidate = std::tuple<TokenId, std::size_t, std::size_t>;

  /// The part that begins at `left`, with the one behind it, if they make a token.
  void offer(std::size_t left) {
    if (ends_[left] == word_.size()) return;
    const std::size_t end = ends_[ends_[left]];
    const TokenId* rank = pairs_.find(word_.substr(left, end - left));
    if (rank == nullptr) return;
    candidates_.emplace_back(*rank, left, end);
    std::ranges::push_heap(candidates_, std::greater<>());
  }

  void join(std::size_t left) {
    const std::size_t right = std::exchange(ends_[left], ends_[ends_[left]]);
    ends_[right] = 0;
    if (ends_[left] < word_.size()) before_[ends_[left]] = left;
    offer(left);
    if (left > 0) offer(before_[left]);
  }

  const BytePairs& pairs_;
  std::string_view word_;
  std::vector<std::size_t> ends_;    ///< By where a part begins; 0: none begins here any more.
  std::vector<std::size_t> before_;  ///< Where the part in front of it begins.
  std::vector<Candidate> candidates_;
};

}  // namespace

BytePairs::BytePairs(std::vector<std::string> tokens) : tokens_(std::move(tokens)) {
  for (TokenId id = 0; id < tokens_.size(); ++id) ids_.insert(tokens_[id], id);
}

void BytePairs::merge(std::string_view word, std::vector<TokenId>& ids) const {
  Merge merge(*this, word);
  merge.run();
  merge.for_parts([&](std::string_view part) { ids.push_back(*find(part)); });
}

}  // namespace tandem

// A heap of neighbours that can be merged: looking through all of them for each merge would take a
// long word quadratic time, and users may send one.
#include "executor/data/merges.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <utility>

#include "policies/core/check.h"
#include "workloads/generators/random.h"

namespace tandem {
namespace {

/// What has been merged into the part in front of it.
constexpr TokenId kGone = std::numeric_limits<TokenId>::max();

std::uint64_t pair_of(TokenId left, TokenId right) { return std::uint64_t{left} << 32U | right; }

}  // namespace

const Merges::Merge* Merges::find(TokenId left, TokenId right) const {
  if (entries_.empty()) return nullptr;
  const Entry& entry = entries_[place_of(pair_of(left, right))];
  return entry.pair == kNone ? nullptr : &entry.merge;
}

bool Merges::add(TokenId left, TokenId right, Merge merge) {
  if (2 * (size_ + 1) > entries_.size()) grow();
  const std::uint64_t pair = pair_of(left, right);
  Entry& entry = entries_[place_of(pair)];
  if (entry.pair != kNone) return false;
  entry = {pair, merge};
  ++size_;
  return true;
}

std::size_t Merges::place_of(std::uint64_t pair) const {
  const std::size_t mask = entries_.size() - 1;
  std::size_t place = mixed(pair) & mask;
  while (entries_[place].pair != kNone && entries_[place].pair != pair) place = (place + 1) & mask;
  return place;
}

void Merges::grow() {
  constexpr std::size_t kFirst = 64;
  std::vector<Entry> old = std::exchange(entries_, {});
  entries_.resize(old.empty() ? kFirst : 2 * old.size());
  for (const Entry& entry : old) {
    if (entry.pair != kNone) entries_[place_of(entry.pair)] = entry;
  }
}

void Merger::merge(std::vector<TokenId>& parts) {
  CHECK(parts.size() < std::numeric_limits<std::uint32_t>::max(), "a word of {}", parts.size());
  const auto count = static_cast<std::uint32_t>(parts.size());
  next_.resize(count);
  before_.resize(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    next_[i] = i + 1;
    before_[i] = i - 1;  // Of the first, no place at all.
  }
  for (std::uint32_t i = 0; i < count; ++i) offer(parts, i);
  while (!candidates_.empty()) {
    std::ranges::pop_heap(candidates_, std::greater<>());
    const Candidate best = candidates_.back();
    candidates_.pop_back();
    const std::uint32_t right = next_[best.left];
    // Either part may have been merged with another meanwhile.
    if (parts[best.left] != best.first || right == count || parts[right] != best.second) continue;
    join(parts, best.left, merges_.find(best.first, best.second)->token);
  }
  std::erase(parts, kGone);
}

/// The part at `left` with the one behind it, if they can be merged.
void Merger::offer(const std::vector<TokenId>& parts, std::uint32_t left) {
  const std::uint32_t right = next_[left];
  if (right == parts.size()) return;
  const Merges::Merge* merge = merges_.find(parts[left], parts[right]);
  if (merge == nullptr) return;
  candidates_.push_back({merge->rank, left, parts[left], parts[right]});
  std::ranges::push_heap(candidates_, std::greater<>());
}

void Merger::join(std::vector<TokenId>& parts, std::uint32_t left, TokenId merged) {
  const std::uint32_t right = std::exchange(next_[left], next_[next_[left]]);
  parts[left] = merged;
  parts[right] = kGone;
  if (next_[left] < parts.size()) before_[next_[left]] = left;
  offer(parts, left);
  if (left > 0) offer(parts, before_[left]);
}

}  // namespace tandem

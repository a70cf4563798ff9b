#include "policies/batch/kv_cache.h"

#include <algorithm>

#include "policies/core/check.h"

namespace tandem {

KvCache::Match KvCache::match(std::span<const PrefixHash> prefix, std::int64_t most) const {
  Match match;
  if (!keeps_prefixes()) return match;
  for (const PrefixHash hash : prefix) {
    const std::uint32_t found = by_hash_.find(hash);
    if (found == kNone || match.blocks == most) break;
    const Entry& entry = entries_[found];
    ++match.hashes;
    match.blocks += std::min(entry.blocks, most - match.blocks);
    if (entry.holders == 0) match.idle += entry.blocks;
    if (entry.blocks < hash_blocks_) break;
  }
  return match;
}

void KvCache::share(std::span<const PrefixHash> prefix, const Match& match, KvHolding& holding) {
  CHECK(holding.own == 0 && holding.entries.empty(), "shared blocks come first");
  for (std::int64_t blocks = 0; blocks < match.blocks; blocks += hash_blocks_) {
    const std::uint32_t entry = by_hash_.find(prefix[holding.entries.size()]);
    hold(entry);
    holding.entries.push_back(entry);
    if (!numbers_) continue;
    numbers_->share(entry, std::min(entries_[entry].blocks, match.blocks - blocks), holding.table);
  }
  holding.shared = match.blocks;
}

void KvCache::take(std::int64_t count) {
  reserve(count);
  free_ -= count;
}

void KvCache::take(std::int64_t count, KvHolding& holding) {
  take(count);
  holding.own += count;
  if (numbers_) numbers_->give(count, holding.table);
}

void KvCache::number(std::int64_t blocks, KvHolding& holding) {
  numbers_->give(blocks - std::ssize(holding.table), holding.table);
}

void KvCache::publish(std::span<const PrefixHash> prefix, std::int64_t blocks, KvHolding& holding) {
  if (!keeps_prefixes()) return;
  // Whole entries before the last one held are complete: only it may grow.
  std::size_t at = holding.entries.empty() ? 0 : holding.entries.size() - 1;
  for (; at < prefix.size(); ++at) {
    const std::int64_t before = static_cast<std::int64_t>(at) * hash_blocks_;
    const std::int64_t computed = std::min(blocks - before, hash_blocks_);
    if (computed <= 0) return;
    if (at == holding.entries.size()) {
      // Somebody else has computed the same meanwhile: these blocks stay the holder's own.
      if (by_hash_.find(prefix[at]) != kNone) return;
      holding.entries.push_back(make(prefix[at]));
    }
    const std::uint32_t number = holding.entries[at];
    Entry& entry = entries_[number];
    // So they do if somebody else has made the entry longer.
    if (holding.shared != before + entry.blocks) return;
    const std::int64_t added = computed - entry.blocks;
    if (added <= 0) continue;
    if (numbers_) numbers_->add(number, own_part(holding).first(static_cast<std::size_t>(added)));
    entry.blocks += added;
    holding.shared += added;
    holding.own -= added;
  }
}

KvRemains KvCache::release(KvHolding& holding) {
  KvRemains remains;
  // The end of a prompt becomes the oldest, so that its beginning outlives it.
  if (keeps_ && holding.own > 0) {
    remains.entry = new_entry();
    entries_[remains.entry].blocks = holding.own;
    remains.use = entries_[remains.entry].use;
    append_idle(remains.entry);
    if (numbers_) numbers_->add(remains.entry, own_part(holding));
  } else {
    free_ += holding.own;
    if (numbers_) numbers_->free(own_part(holding));
  }
  for (std::size_t i = holding.entries.size(); i-- > 0;) let_go(holding.entries[i]);
  holding = {};
  return remains;
}

std::span<const BlockNumber> KvCache::own_part(const KvHolding& holding) {
  CHECK(std::ssize(holding.table) == holding.shared + holding.own, "{} blocks, {} and {} numbered",
        holding.table.size(), holding.shared, holding.own);
  return std::span(holding.table).subspan(static_cast<std::size_t>(holding.shared));
}

std::int64_t KvCache::remaining(const KvRemains& remains) const {
  if (remains.entry == kNone || entries_[remains.entry].use != remains.use) return 0;
  return entries_[remains.entry].blocks;
}

void KvCache::take_back(const KvRemains& remains, std::int64_t count, KvHolding& holding) {
  const std::int64_t there = remaining(remains);
  CHECK(count <= there, "{} blocks taken back of {}", count, there);
  if (there == 0) return;
  idle_ -= there;
  free_ += there - count;
  holding.own += count;
  if (numbers_) numbers_->hand_back(remains.entry, count, holding.table);
  drop(remains.entry);
}

std::uint32_t KvCache::new_entry() {
  std::uint32_t entry = spare_;
  if (entry == kNone) {
    entry = static_cast<std::uint32_t>(entries_.size());
    entries_.emplace_back();
  } else {
    spare_ = entries_[entry].older;
  }
  const std::uint32_t use = entries_[entry].use + 1;
  entries_[entry] = {};
  entries_[entry].use = use;
  return entry;
}

std::uint32_t KvCache::make(PrefixHash hash) {
  const std::uint32_t entry = new_entry();
  entries_[entry].hash = hash;
  entries_[entry].has_hash = true;
  entries_[entry].holders = 1;
  by_hash_.insert(hash, entry);
  if (changes_ != nullptr) changes_->push_back({hash, true});
  return entry;
}

void KvCache::hold(std::uint32_t number) {
  Entry& entry = entries_[number];
  if (entry.holders++ > 0) return;
  idle_ -= entry.blocks;
  unlink(number);
}

void KvCache::let_go(std::uint32_t number) {
  if (--entries_[number].holders == 0) append_idle(number);
}

void KvCache::append_idle(std::uint32_t number) {
  Entry& entry = entries_[number];
  idle_ += entry.blocks;
  entry.older = newest_;
  entry.newer = kNone;
  (newest_ == kNone ? oldest_ : entries_[newest_].newer) = number;
  newest_ = number;
}

void KvCache::unlink(std::uint32_t number) {
  const Entry& entry = entries_[number];
  (entry.older == kNone ? oldest_ : entries_[entry.older].newer) = entry.newer;
  (entry.newer == kNone ? newest_ : entries_[entry.newer].older) = entry.older;
}

void KvCache::reserve(std::int64_t count) {
  CHECK(count <= available(), "{} blocks asked for, {} available", count, available());
  while (free_ < count) {
    const std::uint32_t number = oldest_;
    Entry& entry = entries_[number];
    const std::int64_t freed = std::min(entry.blocks, count - free_);
    entry.blocks -= freed;
    free_ += freed;
    idle_ -= freed;
    if (numbers_) numbers_->shrink(number, entry.blocks);
    if (entry.blocks > 0) return;
    drop(number);
  }
}

void KvCache::drop(std::uint32_t number) {
  Entry& entry = entries_[number];
  unlink(number);
  if (entry.has_hash) {
    by_hash_.erase(entry.hash);
    if (changes_ != nullptr) changes_->push_back({entry.hash, false});
  }
  ++entry.use;
  entry.older = spare_;
  spare_ = number;
}

}  // namespace tandem

// The blocks of an engine's key-value cache: who holds how many, and which of them still hold a
// prefix that somebody may ask for again.
//
// Blocks that nobody else can use are only counted. Those with a known prefix stand in entries, one
// for each hash of the prompt, whose blocks come and go together: an entry costs the same for one
// block as for thirty-two.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policies/batch/block_numbers.h"
#include "policies/batch/prefix_table.h"
#include "policies/core/request.h"

namespace tandem {

/// Where the blocks of a request may still be that has given them back.
struct KvRemains {
  std::uint32_t entry = PrefixTable::kNone;
  std::uint32_t use = 0;  ///< Of that place.
};

/// What one request holds: first blocks of entries, then its own.
struct KvHolding {
  std::int64_t shared = 0;             ///< Blocks that are its entries'; these may have more.
  std::int64_t own = 0;                ///< Blocks that are its alone.
  std::vector<std::uint32_t> entries;  ///< Prefix entries, from the first of the prompt.
  std::vector<BlockNumber> table;      ///< Its blocks in order, if they are numbered.
};

/// A prefix that can be found in a cache from now on, or no longer.
struct PrefixChange {
  PrefixHash hash = 0;
  bool is_there = false;
  friend bool operator==(const PrefixChange&, const PrefixChange&) = default;
};

/// Paged attention's blocks (Kwon et al., SOSP'23), with automatic prefix caching: entries that
/// nobody holds stay until their blocks are wanted, the least recently used first, and of one
/// prompt the end before the beginning. Blocks without a hash that are given back stand in the same
/// line: nobody else can use them, but a request that had to give way may find them again.
class KvCache {
 public:
  /// `hash_blocks`: blocks that one prefix hash stands for; 0: nothing is known of prompts.
  /// `keeps`: whether what is given back can be found again. `numbered`: whether holders know which
  /// blocks are theirs, not only how many.
  KvCache(std::int64_t blocks, std::int64_t hash_blocks, bool keeps, bool numbered = false)
      : blocks_(blocks), free_(blocks), hash_blocks_(keeps ? hash_blocks : 0), keeps_(keeps) {
    if (numbered) numbers_.emplace(blocks);
  }

  /// Whoever wants to know which prefixes it has: changes are added there. Not owned.
  void tell(std::vector<PrefixChange>& changes) { changes_ = &changes; }

  std::int64_t blocks() const { return blocks_; }
  /// Blocks that can be had: unused ones, and those of entries that nobody holds.
  std::int64_t available() const { return free_ + idle_; }
  std::int64_t held() const { return blocks_ - available(); }
  bool keeps_prefixes() const { return hash_blocks_ > 0; }

  /// The longest prefix that is there, of at most `most` blocks.
  struct Match {
    std::int64_t blocks = 0;
    std::uint32_t hashes = 0;  ///< That were found, the last perhaps not with all its blocks.
    std::int64_t idle = 0;     ///< Of these, how many nobody holds: they cease to be available.
  };
  Match match(std::span<const PrefixHash> prefix, std::int64_t most) const;

  /// Gives the blocks of that match to somebody who holds nothing.
  void share(std::span<const PrefixHash> prefix, const Match& match, KvHolding& holding);
  /// Gives somebody `count` blocks of his own, at most available().
  void take(std::int64_t count, KvHolding& holding);
  /// The same, to several: whose they are comes to stand in their holdings later. If blocks are
  /// numbered, reserve() and number() have said before which.
  void take(std::int64_t count);
  /// Sees to it that `count` blocks, at most available(), are unused.
  void reserve(std::int64_t count);
  /// Says which unused blocks a holder is about to take, so that it has `blocks` in all.
  void number(std::int64_t blocks, KvHolding& holding);
  /// The first `blocks` blocks of a prompt are computed, by their holder: others may find them.
  void publish(std::span<const PrefixHash> prefix, std::int64_t blocks, KvHolding& holding);
  /// Takes back everything. Tells where the holder's own blocks stay for a while.
  KvRemains release(KvHolding& holding);
  /// How many of them are still there, from the first on.
  std::int64_t remaining(const KvRemains& remains) const;
  /// Gives the first `count` of them back to their holder; the others are lost.
  void take_back(const KvRemains& remains, std::int64_t count, KvHolding& holding);

 private:
  static constexpr std::uint32_t kNone = PrefixTable::kNone;
  struct Entry {
    PrefixHash hash = 0;
    std::int64_t blocks = 0;  ///< From the beginning of what the hash adds; at most hash_blocks_.
    std::uint32_t holders = 0;
    std::uint32_t use = 0;  ///< Counts what has stood in this place.
    bool has_hash = false;
    std::uint32_t older = kNone;  ///< Among those without holders; free ones are chained by it.
    std::uint32_t newer = kNone;
  };

  std::uint32_t new_entry();
  std::uint32_t make(PrefixHash hash);
  void append_idle(std::uint32_t entry);
  void drop(std::uint32_t entry);
  void hold(std::uint32_t entry);
  void let_go(std::uint32_t entry);
  void unlink(std::uint32_t entry);
  static std::span<const BlockNumber> own_part(const KvHolding& holding);
  std::int64_t blocks_;
  std::int64_t free_;      ///< Unused.
  std::int64_t idle_ = 0;  ///< In entries that nobody holds.
  std::int64_t hash_blocks_;
  bool keeps_;
  std::vector<Entry> entries_;
  std::optional<BlockNumbers> numbers_;
  PrefixTable by_hash_;
  std::vector<PrefixChange>* changes_ = nullptr;
  std::uint32_t spare_ = kNone;
  std::uint32_t oldest_ = kNone;
  std::uint32_t newest_ = kNone;
};

}  // namespace tandem

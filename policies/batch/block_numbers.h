// Which blocks of the key-value cache are whose. A ledger that only decides needs to count them; an
// engine that computes must know where the keys and values lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tandem {

/// Where keys and values of some tokens that follow each other lie, in every layer; from 0.
using BlockNumber = std::uint32_t;

/// The numbers that belong to what a KvCache counts: unused blocks, those of its entries, and in
/// each holder's table those of the entries that it shares and behind them its own.
class BlockNumbers {
 public:
  explicit BlockNumbers(std::int64_t blocks);

  std::int64_t unused() const { return static_cast<std::int64_t>(unused_.size()); }

  /// Puts `count` unused ones behind a table; there are so many.
  void give(std::int64_t count, std::vector<BlockNumber>& table);
  /// Puts the first `count` of an entry behind a table.
  void share(std::uint32_t entry, std::int64_t count, std::vector<BlockNumber>& table) const;
  /// The blocks are the entry's from now on, behind those that it has.
  void add(std::uint32_t entry, std::span<const BlockNumber> blocks);
  /// The entry keeps its first `count`; the others are unused.
  void shrink(std::uint32_t entry, std::int64_t count);
  /// The first `count` of an entry go behind a table; the others are unused.
  void hand_back(std::uint32_t entry, std::int64_t count, std::vector<BlockNumber>& table);
  void free(std::span<const BlockNumber> blocks);

 private:
  std::vector<BlockNumber> unused_;  ///< The one to be given next is the last.
  std::vector<std::vector<BlockNumber>> of_entry_;
};

}  // namespace tandem

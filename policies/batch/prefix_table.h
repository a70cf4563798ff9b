// Where the entry of a prefix hash is. A table that is only ever asked for one hash, never walked,
// so that no decision can follow the order of hashes.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "policies/core/request.h"

namespace tandem {

/// Linear probing, at most half full; erasing moves later ones back (Knuth, TAOCP 3, 6.4, R).
class PrefixTable {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  /// The entry under `hash`; kNone if there is none.
  std::uint32_t find(PrefixHash hash) const {
    for (std::size_t at = home(hash);; at = next(at)) {
      if (slots_[at].entry == kNone || slots_[at].hash == hash) return slots_[at].entry;
    }
  }
  /// Puts an entry under a hash that is not there.
  void insert(PrefixHash hash, std::uint32_t entry) {
    if (++size_ * 2 > slots_.size()) grow();
    put({hash, entry});
  }
  /// Erases a hash that is there.
  void erase(PrefixHash hash) {
    std::size_t hole = home(hash);
    while (slots_[hole].hash != hash || slots_[hole].entry == kNone) hole = next(hole);
    --size_;
    for (std::size_t at = next(hole); slots_[at].entry != kNone; at = next(at)) {
      const std::size_t from_home = (at - home(slots_[at].hash)) & (slots_.size() - 1);
      const std::size_t from_hole = (at - hole) & (slots_.size() - 1);
      if (from_home < from_hole) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole].entry = kNone;
  }

 private:
  struct Slot {
    PrefixHash hash = 0;
    std::uint32_t entry = kNone;
  };

  std::size_t home(PrefixHash hash) const {
    // Hashes of traces may be small numbers: Fibonacci hashing spreads them.
    return static_cast<std::size_t>((hash * 0x9E3779B97F4A7C15U) >> shift_);
  }
  std::size_t next(std::size_t at) const { return (at + 1) & (slots_.size() - 1); }
  void put(const Slot& slot) {
    std::size_t at = home(slot.hash);
    while (slots_[at].entry != kNone) at = next(at);
    slots_[at] = slot;
  }
  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    shift_ = 64 - std::countr_zero(slots_.size());
    for (const Slot& slot : old) {
      if (slot.entry != kNone) put(slot);
    }
  }

  std::vector<Slot> slots_{16};
  std::size_t size_ = 0;
  int shift_ = 60;
};

}  // namespace tandem

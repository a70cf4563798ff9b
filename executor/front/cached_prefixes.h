// What a replica's cache has, as far as it has said so: routers may ask for it.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_set>

#include "policies/batch/kv_cache.h"

namespace tandem {

class CachedPrefixes {
 public:
  void apply(std::span<const PrefixChange> changes) {
    for (const PrefixChange& change : changes) {
      if (change.is_there) {
        hashes_.insert(change.hash);
      } else {
        hashes_.erase(change.hash);
      }
    }
  }
  /// How many of a prompt's blocks it has, from the first on.
  std::int64_t found(std::span<const PrefixHash> prefix) const {
    std::int64_t blocks = 0;
    for (const PrefixHash hash : prefix) {
      if (!hashes_.contains(hash)) break;
      ++blocks;
    }
    return blocks;
  }

 private:
  std::unordered_set<PrefixHash> hashes_;  ///< Never walked.
};

}  // namespace tandem

// Ids that have occurred. A trace numbers its jobs in their order, the replicas of services come in
// between with numbers behind all of those: a few ranges say which are used.
#pragma once

#include <cstdint>
#include <iterator>
#include <map>

namespace tandem {

class IdRanges {
 public:
  /// Whether `id` is new; it is not from now on. O(log ranges).
  bool add(std::uint32_t id) {
    auto next = ranges_.upper_bound(id);
    const bool has_before = next != ranges_.begin();
    const auto before = has_before ? std::prev(next) : ranges_.end();
    if (has_before && id < before->second) return false;
    std::uint64_t end = std::uint64_t{id} + 1;
    if (next != ranges_.end() && next->first == end) {
      end = next->second;
      ranges_.erase(next);
    }
    if (has_before && before->second == id) {
      before->second = end;
    } else {
      ranges_.emplace(id, end);
    }
    return true;
  }
  std::size_t ranges() const { return ranges_.size(); }

 private:
  std::map<std::uint32_t, std::uint64_t> ranges_;  ///< From, and up to without.
};

}  // namespace tandem

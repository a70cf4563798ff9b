#include "workloads/traces/twins.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace tandem {
namespace {

using Twins = std::optional<std::pair<std::size_t, std::size_t>>;

struct Hashed {
  std::size_t hash;
  std::size_t place;
  friend auto operator<=>(const Hashed&, const Hashed&) = default;
};

// Names that hash alike share a bucket, and a bucket of a million names fits the first cache.
constexpr unsigned kBucketBits = 10;
constexpr std::size_t kBuckets = std::size_t{1} << kBucketBits;
std::size_t bucket_of(std::size_t hash) { return hash >> (8 * sizeof(std::size_t) - kBucketBits); }

/// All names by bucket, and where each bucket ends.
std::vector<Hashed> by_bucket(std::size_t count,
                              const std::function<std::string_view(std::size_t)>& name_at,
                              std::vector<std::size_t>& ends) {
  std::vector<std::size_t> hashes(count);
  std::vector<std::size_t> sizes(kBuckets);
  for (std::size_t i = 0; i < count; ++i) {
    hashes[i] = std::hash<std::string_view>{}(name_at(i));
    ++sizes[bucket_of(hashes[i])];
  }
  ends.assign(kBuckets, 0);
  for (std::size_t i = 1; i < kBuckets; ++i) ends[i] = ends[i - 1] + sizes[i - 1];
  std::vector<Hashed> names(count);
  for (std::size_t i = 0; i < count; ++i) names[ends[bucket_of(hashes[i])]++] = {hashes[i], i};
  return names;
}

/// Whether each name is longer than the one before, or as long and greater.
bool only_grow(std::size_t count, const std::function<std::string_view(std::size_t)>& name_at) {
  for (std::size_t i = 1; i < count; ++i) {
    const std::string_view last = name_at(i - 1);
    const std::string_view next = name_at(i);
    if (next.size() < last.size() || (next.size() == last.size() && next <= last)) return false;
  }
  return true;
}

}  // namespace

Twins find_twins(std::size_t count, const std::function<std::string_view(std::size_t)>& name_at) {
  // Most traces count their jobs, and then there is nothing to search.
  if (only_grow(count, name_at)) return std::nullopt;
  std::vector<std::size_t> ends;
  std::vector<Hashed> names = by_bucket(count, name_at, ends);
  Twins earliest;
  auto bucket = names.begin();
  for (const std::size_t end : ends) {
    const auto bucket_end = names.begin() + static_cast<std::ptrdiff_t>(end);
    std::sort(bucket, bucket_end);
    for (; bucket != bucket_end; ++bucket) {
      // Different names may hash alike: every later one of the same hash is looked at.
      for (auto other = bucket + 1; other != bucket_end && other->hash == bucket->hash; ++other) {
        if (name_at(bucket->place) != name_at(other->place)) continue;
        if (!earliest || other->place < earliest->second) {
          earliest = std::pair(bucket->place, other->place);
        }
        break;
      }
    }
  }
  return earliest;
}

}  // namespace tandem

#include "reports/planning/result_cache.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>
#include <vector>

#include "policies/core/error.h"
#include "policies/core/fingerprint.h"
#include "reports/atomic_file.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".result";
constexpr std::string_view kEnd = "\nend\n";  ///< Whoever finds it has all of the file.

/// The first lines of an entry. No part of a key has a line break.
std::string head_of(const SimulationKey& key) {
  return fmt::format("tandem.cache/1\nscenario {}\npolicy {}\nseed {}\nbuild {}\n\n", key.scenario,
                     key.policy, key.seed, key.build);
}

struct Entry {
  fs::file_time_type used;
  fs::path path;
  std::uint64_t bytes = 0;
};

/// What a killed process was writing; a living one takes no hour.
bool is_left_behind(const fs::directory_entry& file) {
  std::error_code gone;
  const auto written = file.last_write_time(gone);
  return !gone && file.path().extension() == ".tmp" &&
         written < fs::file_time_type::clock::now() - std::chrono::hours(1);
}

/// All entries; what vanishes meanwhile is passed over.
std::vector<Entry> entries_in(const fs::path& folder) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    std::error_code gone;
    if (at->path().extension() != kEnding && !is_left_behind(*at)) continue;
    Entry entry{at->last_write_time(gone), at->path(), 0};
    if (!gone) entry.bytes = at->file_size(gone);
    if (!gone) entries.push_back(std::move(entry));
  }
  return entries;
}

CacheSize sum_of(const std::vector<Entry>& entries) {
  CacheSize size;
  for (const Entry& entry : entries) size.bytes += entry.bytes;
  size.simulations = entries.size();
  return size;
}

}  // namespace

ResultCache::ResultCache(fs::path folder) : folder_(std::move(folder)) {
  std::error_code error;
  if (fs::exists(folder_, error) && !fs::is_directory(folder_, error)) {
    throw InputError({folder_.string(), 0, 0}, "a cache is a folder, and this is none");
  }
}

fs::path ResultCache::path_of(const SimulationKey& key) const {
  Fingerprint fingerprint;
  fingerprint.add(head_of(key));
  const std::string name = fmt::format("{:016x}", fingerprint.value());
  return folder_ / name.substr(0, 2) / (name + std::string(kEnding));
}

std::optional<std::string> ResultCache::find(const SimulationKey& key) const {
  const fs::path path = path_of(key);
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const std::string head = head_of(key);
  if (!text.starts_with(head) || !text.ends_with(kEnd)) return std::nullopt;
  std::error_code ignored;  // Another process may clear the cache meanwhile.
  fs::last_write_time(path, fs::file_time_type::clock::now(), ignored);
  return text.substr(head.size(), text.size() - head.size() - kEnd.size());
}

void ResultCache::store(const SimulationKey& key, const std::string& result) const {
  const fs::path path = path_of(key);
  std::error_code error;
  fs::create_directories(path.parent_path(), error);
  if (error) throw InputError({folder_.string(), 0, 0}, "cannot write here: " + error.message());
  AtomicFile file(path);
  file.write(head_of(key));
  file.write(result);
  file.write(kEnd);
  file.commit();
}

CacheSize ResultCache::size() const { return sum_of(entries_in(folder_)); }

CacheSize ResultCache::shrink(std::uint64_t most_bytes) const {
  std::vector<Entry> entries = entries_in(folder_);
  std::uint64_t left = sum_of(entries).bytes;
  std::ranges::sort(entries, {}, [](const Entry& e) { return std::pair(e.used, e.path); });
  CacheSize removed;
  for (const Entry& entry : entries) {
    if (left <= most_bytes) break;
    std::error_code ignored;
    fs::remove(entry.path, ignored);
    left -= entry.bytes;
    removed.bytes += entry.bytes;
    ++removed.simulations;
  }
  return removed;
}

std::optional<fs::path> default_cache_folder() {
  const auto named = [](const char* variable) {
    const char* value = std::getenv(variable);
    return value != nullptr && *value != '\0' ? std::optional<fs::path>(value) : std::nullopt;
  };
  if (const auto cache = named("XDG_CACHE_HOME")) return *cache / "tandem";
  if (const auto home = named("HOME")) return *home / ".cache" / "tandem";
  return std::nullopt;
}

}  // namespace tandem

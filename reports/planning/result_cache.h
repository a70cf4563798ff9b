// Finished simulations on disk, found again by what went into them: a search that was interrupted
// goes on, and one that is asked again answers at once.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace tandem {

/// All that a result depends on.
struct SimulationKey {
  std::string scenario;  ///< Hash of the scenario after overrides and of every file it names.
  std::string policy;    ///< Canonical, with its settings.
  std::uint64_t seed = 0;
  std::string build;  ///< Of the program and of loaded policies: another one may decide otherwise.
};

/// How much a cache holds.
struct CacheSize {
  std::uint64_t simulations = 0;
  std::uint64_t bytes = 0;
};

/// One file for each simulation, written whole and then renamed, so that any number of processes
/// may read and write at one time; what is there twice is the same twice. A file that is damaged,
/// or of another simulation whose key has the same fingerprint, is as good as none.
class ResultCache {
 public:
  static constexpr std::uint64_t kMostBytes = std::uint64_t{512} << 20;

  /// Creates the folder when it first stores. Throws InputError if it is no folder.
  explicit ResultCache(std::filesystem::path folder);

  const std::filesystem::path& folder() const { return folder_; }
  /// The stored text, which counts as used now; nothing if there is none.
  std::optional<std::string> find(const SimulationKey& key) const;
  /// Throws InputError if the folder cannot be written.
  void store(const SimulationKey& key, const std::string& result) const;

  CacheSize size() const;
  /// Removes what was used longest ago until at most `most_bytes` are left; returns what it
  /// removed.
  CacheSize shrink(std::uint64_t most_bytes = kMostBytes) const;

 private:
  std::filesystem::path path_of(const SimulationKey& key) const;

  std::filesystem::path folder_;
};

/// $XDG_CACHE_HOME/tandem, or ~/.cache/tandem; nothing where neither variable is set.
std::optional<std::filesystem::path> default_cache_folder();

}  // namespace tandem

// Journals on disk: plain while they are short, compressed (.zst) when they are long.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/journal.h"
#include "reports/atomic_file.h"

namespace tandem {

/// Takes the text of a journal and writes FOLDER/journal or FOLDER/journal.zst. Without finish()
/// there is no file.
class JournalFile {
 public:
  explicit JournalFile(const std::filesystem::path& folder);
  ~JournalFile();

  void write(std::string_view text);
  /// Completes the file, and removes a journal that an earlier run left under the other name.
  void finish();

 private:
  class Compressor;

  std::filesystem::path folder_;
  std::string plain_;  ///< All of it, until it gets long.
  std::unique_ptr<Compressor> compressor_;
};

/// Reads a journal line by line, decompressing as it goes. Throws InputError if there is none, if
/// it is damaged, or if a line is longer than a journal's can be.
JournalReader::LineSource open_journal(const std::filesystem::path& journal);

/// The name of the folder in which a run of several has its files.
std::string run_folder(const std::string& policy, std::uint64_t seed);

/// The journals that `run` stands for: itself if it is a file, the one in a folder, or those of the
/// runs that the folder's result.json lists, or else of all folders below, by name. Throws
/// InputError if there are none.
std::vector<std::filesystem::path> find_journals(const std::filesystem::path& run);

}  // namespace tandem

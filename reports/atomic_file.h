// A file that is there whole or not at all: whoever reads results never sees half of one.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace tandem {

/// Written under another name in the same folder, which commit() changes to the real one. Removed
/// if it is never committed.
class AtomicFile {
 public:
  /// Throws InputError if there can be no regular file of this name.
  explicit AtomicFile(const std::filesystem::path& path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Throws std::system_error when the disk is full.
  void write(std::string_view text);
  /// Replaces what had the name before. Nothing can be written afterwards.
  void commit();

 private:
  void flush();

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::string buffer_;
  int descriptor_ = -1;
};

}  // namespace tandem

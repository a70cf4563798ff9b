// A file that must survive a crash once it is there: whole, and on the disk, or not there at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace tandem {

/// The name of a file that was just made is on the disk when it returns. Throws std::system_error.
void sync_folder_of(const std::filesystem::path& path);

/// Written under another name in the same folder, which commit() changes to the real one. Removed
/// if it is never committed. Two processes may not write one name at the same time.
class DurableFile {
 public:
  /// Throws std::system_error if there can be no file of this name.
  explicit DurableFile(const std::filesystem::path& path);
  ~DurableFile();
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  /// Throws std::system_error when the disk is full.
  void write(std::span<const std::byte> bytes);
  /// Puts other bytes in place of those written at `offset`.
  void rewrite(std::size_t offset, std::span<const std::byte> bytes);
  /// Takes effect when the bytes and the name are on the disk; replaces what had the name before.
  void commit();

 private:
  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int descriptor_ = -1;
};

}  // namespace tandem

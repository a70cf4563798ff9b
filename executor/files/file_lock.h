// One process at a time: whoever makes a file that many want, while the others wait for it.
#pragma once

#include <filesystem>

namespace tandem {

/// Holds the lock named by a file, which is created and stays; waits until it is free. A process
/// that dies lets go of it.
class FileLock {
 public:
  /// Throws std::system_error if the file cannot be made or locked.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace tandem

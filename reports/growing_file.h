// A file that grows line by line while something goes on, for as long as it may: what has been
// written is there even if its writer is killed, and whoever comes after it goes on.
#pragma once

#include <filesystem>
#include <string_view>

namespace tandem {

class GrowingFile {
 public:
  /// Goes on behind what is there; a torn last line is cut off. Throws InputError if there can be
  /// no file of this name.
  explicit GrowingFile(const std::filesystem::path& path);
  ~GrowingFile();
  GrowingFile(const GrowingFile&) = delete;
  GrowingFile& operator=(const GrowingFile&) = delete;

  bool is_new() const { return is_new_; }
  /// Whole lines. Survives the process, not the machine. Throws std::system_error when the disk is
  /// full.
  void write(std::string_view lines);

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  bool is_new_ = true;
};

}  // namespace tandem

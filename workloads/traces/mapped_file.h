// A file's bytes in memory without reading them first: what is looked at is fetched, no more.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace tandem {

/// A read-only mapping, for as long as the object lives. The file must not shrink meanwhile.
class MappedFile {
 public:
  /// Throws InputError if the file is missing, no regular file, or cannot be read.
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// Empty for an empty file. Begins at the border of a page.
  std::string_view bytes() const { return bytes_; }
  /// Tells the kernel that the bytes are passed over once: it may read ahead and drop what lies
  /// behind.
  void pass_over() const;

 private:
  std::string_view bytes_;
};

}  // namespace tandem

// Opens trace files: mapped into memory as they are, or unpacked if they are compressed, so that
// every reader sees one text.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "workloads/traces/mapped_file.h"

namespace tandem {

/// No trace is larger than this unpacked; what claims to be is a mistake or a trap.
inline constexpr std::size_t kMostText = std::size_t{8} << 30;

/// A file's text, for as long as the object lives. The file must not shrink meanwhile.
class TextFile {
 public:
  /// Unpacks what is named *.zst or begins as such a file does. Throws InputError if the file is
  /// missing, not a readable regular file, empty, or broken. Of a compressed file, unpacks no more
  /// than about `enough` bytes.
  explicit TextFile(const std::filesystem::path& file, std::size_t enough = kMostText);
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  std::string_view text() const { return text_; }

 private:
  std::optional<MappedFile> mapped_;
  std::string unpacked_;
  std::string_view text_;  ///< Of one of the two.
};

bool is_zst(std::string_view bytes);

/// Unpacks zstd frames. Throws InputError, naming `file`, if they are broken or end too early, or
/// if there are more than `most` bytes in them. Stops without an error at about `enough` bytes.
std::string unpack_zst(std::string_view bytes, const std::string& file,
                       std::size_t most = kMostText, std::size_t enough = kMostText);

}  // namespace tandem

// A file that is written compressed, whole or not at all; of bounded memory.
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "reports/atomic_file.h"

namespace tandem {

/// As AtomicFile, in the gzip format (RFC 1952). Equal texts give equal bytes: no time in the head.
class GzipFile {
 public:
  explicit GzipFile(const std::filesystem::path& path);
  ~GzipFile();

  void write(std::string_view text);
  void commit();

 private:
  class Stream;
  void compress(std::string_view text, bool is_last);

  AtomicFile file_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace tandem

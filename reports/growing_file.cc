#include "reports/growing_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "policies/core/error.h"

namespace tandem {
namespace {

/// Where the last whole line of the file ends.
off_t end_of_lines(int descriptor, off_t size) {
  char last = 0;
  while (size > 0 && pread(descriptor, &last, 1, size - 1) == 1 && last != '\n') --size;
  return size;
}

}  // namespace

GrowingFile::GrowingFile(const std::filesystem::path& path)
    : path_(path), descriptor_(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
  const int error = errno;
  if (descriptor_ < 0) {
    throw InputError("cannot write " + path.string() + ": " +
                     std::generic_category().message(error));
  }
  struct stat status {};
  fstat(descriptor_, &status);
  const off_t end = end_of_lines(descriptor_, status.st_size);
  is_new_ = end == 0;
  if (end < status.st_size && ftruncate(descriptor_, end) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot write " + path.string());
  }
}

GrowingFile::~GrowingFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void GrowingFile::write(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t count = ::write(descriptor_, lines.data(), lines.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) {
      throw std::system_error(errno, std::generic_category(), "cannot write " + path_.string());
    }
    lines.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace tandem

#include "reports/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "policies/core/error.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBuffered = 1 << 16;

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw InputError("cannot write " + path.string() + ": " + why);
}

std::system_error failure(const fs::path& path) {
  return std::system_error(errno, std::generic_category(), "cannot write " + path.string());
}

/// The file itself, where the name is a link to it: a link stays a link.
fs::path target_of(const fs::path& path) {
  std::error_code unknown;
  const fs::file_status status = fs::status(path, unknown);
  // Renaming onto /dev/null would replace it.
  if (fs::is_directory(status)) refuse(path, "it is a folder");
  if (fs::exists(status) && !fs::is_regular_file(status)) refuse(path, "it is no regular file");
  if (!fs::exists(status)) return path;
  const fs::path real = fs::canonical(path, unknown);
  return unknown ? path : real;
}

}  // namespace

AtomicFile::AtomicFile(const fs::path& path) : path_(target_of(path)) {
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  std::error_code unknown;
  if (!fs::is_directory(folder, unknown)) {
    refuse(path, "there is no folder " + folder.string());
  }
  // No two processes take the same name, and what a dead one left behind is overwritten.
  temporary_ = path_;
  temporary_ += fmt::format(".{}.tmp", ::getpid());
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) refuse(path, std::generic_category().message(errno));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= kBuffered) flush();
}

void AtomicFile::flush() {
  std::string_view rest = buffer_;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw failure(path_);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  buffer_.clear();
}

void AtomicFile::commit() {
  flush();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw failure(path_);
  ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace tandem

// The order that a crash cannot break: bytes to the disk, then the name, then the folder's entry.
#include "executor/files/durable_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tandem {
namespace {

std::system_error failure(const std::filesystem::path& path) {
  return std::system_error(errno, std::generic_category(), "cannot write " + path.string());
}

}  // namespace

void sync_folder_of(const std::filesystem::path& path) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) throw failure(path);
  const bool synced = ::fsync(descriptor) == 0;
  const std::system_error error = failure(path);
  ::close(descriptor);
  if (!synced) throw error;
}

DurableFile::DurableFile(const std::filesystem::path& path) : path_(path), temporary_(path) {
  // What a dead process of this number left behind is overwritten.
  temporary_ += fmt::format(".{}.tmp", ::getpid());
  descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor_ < 0) throw failure(path_);
}

DurableFile::~DurableFile() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  ::unlink(temporary_.c_str());
}

void DurableFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw failure(path_);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void DurableFile::rewrite(std::size_t offset, std::span<const std::byte> bytes) {
  const auto seek = [&](off_t place, int from) {
    if (::lseek(descriptor_, place, from) < 0) throw failure(path_);
  };
  seek(static_cast<off_t>(offset), SEEK_SET);
  write(bytes);
  seek(0, SEEK_END);
}

void DurableFile::commit() {
  if (::fsync(descriptor_) != 0) throw failure(path_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) throw failure(path_);
  ::close(descriptor_);
  descriptor_ = -1;
  sync_folder_of(path_);
}

}  // namespace tandem

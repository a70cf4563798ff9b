// flock(2): also over NFS, and between threads, since each lock opens the file for itself.
#include "executor/files/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace tandem {

FileLock::FileLock(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  const auto failure = [&] {
    return std::system_error(errno, std::generic_category(), "cannot lock " + path.string());
  };
  if (descriptor_ < 0) throw failure();
  while (::flock(descriptor_, LOCK_EX) != 0) {
    if (errno == EINTR) continue;
    const std::system_error error = failure();
    ::close(descriptor_);
    throw error;
  }
}

FileLock::~FileLock() { ::close(descriptor_); }

}  // namespace tandem

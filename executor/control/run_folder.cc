#include "executor/control/run_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "policies/core/error.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestSocketName = 8;  // "/workers"

/// FNV-1a: a short name for a long one.
std::uint64_t hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

fs::path socket_folder(const fs::path& run) {
  const fs::path here = run / "control";
  if (here.native().size() + kLongestSocketName < sizeof(sockaddr_un::sun_path)) return here;
  return fs::path("/tmp") / fmt::format("tandem-{}-{:016x}", getuid(), hash_of(run.native()));
}

}  // namespace

RunFolder::RunFolder(const fs::path& folder)
    : folder_(fs::weakly_canonical(fs::absolute(folder))), sockets_(socket_folder(folder_)) {}

fs::path RunFolder::job(JobId id, std::string_view name) const {
  std::string safe(name);
  std::ranges::replace(safe, '/', '_');
  return folder_ / "jobs" / fmt::format("{}-{}", id.value, safe);
}

void RunFolder::create() const {
  fs::create_directories(folder_ / "jobs");
  fs::create_directories(workers());
  fs::create_directories(sockets_.parent_path());
  if (mkdir(sockets_.c_str(), 0700) != 0 && errno != EEXIST) {
    throw std::system_error(errno, std::generic_category(), sockets_.string());
  }
  struct stat status {};
  if (lstat(sockets_.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
      status.st_uid != getuid() || chmod(sockets_.c_str(), 0700) != 0) {
    throw InputError({sockets_.string(), 0, 0}, "is not a folder of yours");
  }
}

ControllerLock::ControllerLock(const RunFolder& folder) {
  const fs::path path = folder.path() / "controller.lock";
  descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), path.string());
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    std::array<char, 32> pid{};
    const ssize_t length = read(descriptor_, pid.data(), pid.size());
    close(descriptor_);
    throw InputError({folder.path().string(), 0, 0},
                     fmt::format("a controller works here already (process {})",
                                 std::string_view(pid.data(), length > 0 ? length : 0)));
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(descriptor_, 0) != 0 || write(descriptor_, pid.data(), pid.size()) < 0) {
    throw std::system_error(errno, std::generic_category(), path.string());
  }
}

ControllerLock::~ControllerLock() { close(descriptor_); }

}  // namespace tandem

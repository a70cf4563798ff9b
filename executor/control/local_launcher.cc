#include "executor/control/local_launcher.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {  // glibc 2.36 forgot to say so.
#include <sys/pidfd.h>
}

#include <cerrno>
#include <csignal>
#include <cstring>
#include <system_error>
#include <utility>

#include "executor/control/worker_settings.h"

extern char** environ;

namespace tandem {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// A descriptor that is closed in the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

class LocalProcess final : public WorkerProcess {
 public:
  LocalProcess(std::int32_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}
  std::int32_t pid() const override { return pid_; }
  int exit_descriptor() const override { return pidfd_.number(); }
  void kill() override {
    // It may have ended just now.
    [[maybe_unused]] const int result = pidfd_send_signal(pidfd_.number(), SIGKILL, nullptr, 0);
  }
  std::string how_it_ended() override {
    siginfo_t info{};
    const auto pidfd = static_cast<id_t>(pidfd_.number());
    if (waitid(P_PIDFD, pidfd, &info, WEXITED | WNOHANG) != 0 || info.si_pid == 0) {
      return "ended; it was a child of an earlier controller";
    }
    if (info.si_code == CLD_EXITED) return fmt::format("ended with code {}", info.si_status);
    return fmt::format("was killed by signal {} ({})", info.si_status, strsignal(info.si_status));
  }

 private:
  std::int32_t pid_;
  Descriptor pidfd_;
};

class SpawnActions {
 public:
  SpawnActions() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    // Signals for the controller's group, as Ctrl-C sends them, are not for workers.
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes_, 0);
  }
  ~SpawnActions() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;

  void give(int from, int as) { posix_spawn_file_actions_adddup2(&actions_, from, as); }
  pid_t spawn(const std::filesystem::path& program, std::vector<std::string> arguments) {
    std::vector<char*> raw;
    for (std::string& argument : arguments) raw.push_back(argument.data());
    raw.push_back(nullptr);
    std::vector<std::string> ours = worker_settings();
    std::vector<char*> settings;
    for (char** setting = environ; *setting != nullptr; ++setting) settings.push_back(*setting);
    for (std::string& setting : ours) settings.push_back(setting.data());
    settings.push_back(nullptr);
    pid_t pid = 0;
    errno =
        posix_spawn(&pid, program.c_str(), &actions_, &attributes_, raw.data(), settings.data());
    if (errno != 0) fail(program.string());
    return pid;
  }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

LocalLauncher::LocalLauncher(LocalWorkers workers) : workers_(std::move(workers)) {
  std::filesystem::create_directories(workers_.folder);
}

std::filesystem::path LocalLauncher::file(DeviceId device, const char* extension) const {
  return workers_.folder / fmt::format("device-{}.{}", device.value, extension);
}

std::unique_ptr<WorkerProcess> LocalLauncher::launch(DeviceId device) {
  const std::filesystem::path lock_path = file(device, "lock");
  const Descriptor lock(open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.number() < 0 || flock(lock.number(), LOCK_EX | LOCK_NB) != 0) fail(lock_path.string());
  const std::filesystem::path log_path = file(device, "log");
  const Descriptor log(open(log_path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  const Descriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (log.number() < 0 || nothing.number() < 0) fail(log_path.string());
  constexpr int kLockInWorker = 3;
  SpawnActions actions;
  actions.give(nothing.number(), STDIN_FILENO);
  actions.give(log.number(), STDOUT_FILENO);
  actions.give(log.number(), STDERR_FILENO);
  actions.give(lock.number(), kLockInWorker);
  const pid_t pid = actions.spawn(
      workers_.program, {workers_.program.filename(), "--device", std::to_string(device.value),
                         "--endpoint", workers_.endpoint, "--on", workers_.on.at(device.value),
                         "--orphan-ms", std::to_string(workers_.orphan_ms)});
  const int pidfd = pidfd_open(pid, 0);
  if (pidfd < 0) fail("pidfd_open");
  return std::make_unique<LocalProcess>(pid, pidfd);
}

bool LocalLauncher::is_alive(DeviceId device) const {
  const Descriptor lock(open(file(device, "lock").c_str(), O_RDWR | O_CLOEXEC));
  return lock.number() >= 0 && flock(lock.number(), LOCK_EX | LOCK_NB) != 0;
}

std::unique_ptr<WorkerProcess> LocalLauncher::adopt(std::int32_t pid) {
  const int pidfd = pidfd_open(pid, 0);
  if (pidfd >= 0) return std::make_unique<LocalProcess>(pid, pidfd);
  if (errno == ESRCH) return nullptr;
  fail("pidfd_open");
}

}  // namespace tandem

#include "executor/worker/rank_folder.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "policies/core/error.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// This rank of the job is run here and nowhere else, whatever a controller may believe: the kernel
/// keeps the lock exactly as long as this process lives.
class RankLock {
 public:
  explicit RankLock(const RankTask& task) {
    const fs::path path = task.folder / fmt::format("rank-{}.lock", task.rank);
    descriptor_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    const auto give_up = Clock::now() + std::chrono::milliseconds(task.patience_ms);
    while (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (Clock::now() > give_up) {
        throw std::runtime_error(path.string() + ": an earlier run of this rank has not ended");
      }
      std::this_thread::sleep_for(10ms);
    }
  }
  ~RankLock() { close(descriptor_); }
  RankLock(const RankLock&) = delete;
  RankLock& operator=(const RankLock&) = delete;

 private:
  int descriptor_ = -1;
};

/// What this process prints while it runs a rank goes into the job's own log.
class LogRedirection {
 public:
  explicit LogRedirection(const RankTask& task) : before_(dup(STDERR_FILENO)) {
    const fs::path path = task.folder / fmt::format("rank-{}.log", task.rank);
    const int log = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) return;
    redirect(log);
    close(log);
  }
  ~LogRedirection() {
    redirect(before_);
    close(before_);
  }
  LogRedirection(const LogRedirection&) = delete;
  LogRedirection& operator=(const LogRedirection&) = delete;

 private:
  static void redirect(int to) {
    std::fflush(nullptr);
    dup2(to, STDOUT_FILENO);
    dup2(to, STDERR_FILENO);
  }
  int before_;
};

void tell_failure(const RankTask& task, ControlLink& link, bool is_users_fault,
                  const std::string& cause) {
  WorkerState state = link.told();
  state.phase = RankPhase::kFailed;
  state.is_users_fault = is_users_fault;
  state.cause = cause;
  log(task, "failed: {}", cause);
  link.tell(state);
}

}  // namespace

void log_line(const RankTask& task, std::string_view text) {
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  fmt::print(stderr, "{:%FT%T}Z generation {}: {}\n", fmt::gmtime(floor<std::chrono::seconds>(now)),
             task.generation, text);
}

bool in_folder_of(const RankTask& task, ControlLink& link, const std::function<void()>& work) {
  WorkerState state;
  state.phase = RankPhase::kLoading;
  state.job = task.job;
  state.generation = task.generation;
  state.rank = task.rank;
  link.tell(state);
  fs::create_directories(task.folder);
  const LogRedirection redirection(task);
  try {
    const RankLock lock(task);
    work();
    return true;
  } catch (const InputError& error) {
    tell_failure(task, link, true, error.what());
  } catch (const std::exception& error) {
    tell_failure(task, link, false, error.what());
  }
  return false;
}

}  // namespace tandem

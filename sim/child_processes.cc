#include "sim/child_processes.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <system_error>
#include <utility>

#include "policies/core/error.h"
#include "sim/simulation.h"

namespace tandem {
namespace {

// What a child writes into its pipe: lines "P 0.25" while it works, then "R" or "E <exit code>"
// and a line break, and the result or the message up to the end.

volatile std::sig_atomic_t interrupted = 0;
void note_interrupt(int) { interrupted = 1; }

int guards = 0;

void write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(5);  // The parent is gone: nobody wants the result.
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string told(const ChildTask& task, int pipe) {
  const auto progress = [pipe](double share) { write_all(pipe, fmt::format("P {}\n", share)); };
  try {
    return "R\n" + task(progress);
  } catch (const InputError& error) {
    return fmt::format("E 2\n{}", error.what());
  } catch (const StuckError& error) {
    return fmt::format("E 3\n{}", error.what());
  } catch (const std::exception& error) {
    return fmt::format("E 5\n{}", error.what());
  }
}

[[noreturn]] void be_child(const ChildTask& task, int pipe) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  write_all(pipe, told(task, pipe));
  _exit(0);
}

struct Child {
  pid_t process = -1;
  int pipe = -1;
  std::size_t task = 0;
  std::string received;
};

class Children {
 public:
  Children(const std::vector<ChildTask>& tasks,
           const std::function<void(std::size_t, double)>& on_progress)
      : tasks_(tasks), on_progress_(on_progress), outcomes_(tasks.size()) {}

  std::vector<ChildOutcome> run(unsigned at_once) {
    for (std::size_t next = 0; next < tasks_.size() || !running_.empty();) {
      while (next < tasks_.size() && running_.size() < std::max(at_once, 1u) && !interrupted) {
        start(next++);
      }
      if (interrupted) next = tasks_.size();
      if (running_.empty()) break;  // Nobody would ever be heard.
      listen();
      if (interrupted) {
        for (const Child& child : running_) kill(child.process, SIGKILL);
      }
    }
    for (ChildOutcome& outcome : outcomes_) {
      const bool never_ran = !outcome.result && outcome.exit_code == 0;
      if (interrupted && never_ran) outcome = {std::nullopt, "interrupted", 130};
    }
    return std::move(outcomes_);
  }

 private:
  void start(std::size_t task) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
    std::fflush(nullptr);  // Else what waits to be written is written by the child as well.
    const pid_t process = fork();
    if (process < 0) throw std::system_error(errno, std::generic_category(), "fork");
    if (process == 0) {
      close(ends[0]);
      be_child(tasks_[task], ends[1]);
    }
    close(ends[1]);
    running_.push_back({process, ends[0], task, {}});
  }

  /// Waits for something from any child, or for a while: an interrupt may have come just before.
  void listen() {
    std::vector<pollfd> polls;
    for (const Child& child : running_) polls.push_back({child.pipe, POLLIN, 0});
    constexpr int kWhileMs = 500;
    if (poll(polls.data(), polls.size(), kWhileMs) < 0) return;  // A signal.
    for (std::size_t i = polls.size(); i-- > 0;) {
      if (polls[i].revents == 0) continue;
      std::array<char, 1 << 16> bytes;
      const ssize_t count = read(polls[i].fd, bytes.data(), bytes.size());
      if (count > 0) {
        hear(running_[i], {bytes.data(), static_cast<std::size_t>(count)});
      } else if (count == 0) {
        finish(running_[i]);
        running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }

  void hear(Child& child, std::string_view bytes) {
    child.received += bytes;
    while (child.received.starts_with("P ")) {
      const std::size_t end = child.received.find('\n');
      if (end == std::string::npos) return;
      double share = 0;
      std::from_chars(child.received.data() + 2, child.received.data() + end, share);
      on_progress_(child.task, share);
      child.received.erase(0, end + 1);
    }
  }

  void finish(const Child& child) {
    close(child.pipe);
    int status = 0;
    while (waitpid(child.process, &status, 0) < 0 && errno == EINTR) {
    }
    ChildOutcome& outcome = outcomes_[child.task];
    if (WIFSIGNALED(status)) {
      const int signal = WTERMSIG(status);
      outcome.exit_code = interrupted ? 130 : 5;
      outcome.error = interrupted ? "interrupted"
                                  : fmt::format("the simulation was ended by signal {} ({})",
                                                signal, strsignal(signal));
    } else if (child.received.starts_with("R\n")) {
      outcome.result = child.received.substr(2);
      on_progress_(child.task, 1);
    } else if (child.received.starts_with("E ") && child.received.size() > 3) {
      outcome.exit_code = child.received[2] - '0';
      outcome.error = child.received.substr(4);
    } else {
      outcome.exit_code = 5;
      outcome.error = "the simulation ended without a result";
    }
  }

  const std::vector<ChildTask>& tasks_;
  const std::function<void(std::size_t, double)>& on_progress_;
  std::vector<ChildOutcome> outcomes_;
  std::vector<Child> running_;
};

}  // namespace

InterruptGuard::InterruptGuard() {
  if (guards++ > 0) return;
  interrupted = 0;
  struct sigaction action {};
  action.sa_handler = note_interrupt;
  sigaction(SIGINT, &action, &old_int_);
  sigaction(SIGTERM, &action, &old_term_);
  sigaction(SIGHUP, &action, &old_hup_);
}

InterruptGuard::~InterruptGuard() {
  if (--guards > 0) return;
  sigaction(SIGINT, &old_int_, nullptr);
  sigaction(SIGTERM, &old_term_, nullptr);
  sigaction(SIGHUP, &old_hup_, nullptr);
}

std::vector<ChildOutcome> run_children(
    const std::vector<ChildTask>& tasks, unsigned at_once,
    const std::function<void(std::size_t, double)>& on_progress) {
  const InterruptGuard guard;
  return Children(tasks, on_progress).run(at_once);
}

}  // namespace tandem

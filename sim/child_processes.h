// Work done in processes of its own, several at once.
//
// A simulation kernel lives once in a process and ends it when something is wrong; so every
// simulation gets a process, and whatever becomes of it is told here as a value.
#pragma once

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

/// What a child sends while it works: how far it is, from 0 to 1.
using ReportProgress = std::function<void(double)>;

/// Work for a child: returns its result as text.
using ChildTask = std::function<std::string(const ReportProgress&)>;

/// What became of a child: its result, or why there is none.
struct ChildOutcome {
  std::optional<std::string> result;
  std::string error;
  int exit_code = 0;  ///< The command's, if this child failed: 2 input, 3 infeasible, 5 engine.
};

/// SIGINT, SIGTERM and SIGHUP are noted while it lives. run_children() has one; whoever calls it
/// again and again has one around all calls, so that what comes between two of them ends the
/// second.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

 private:
  struct sigaction old_int_ {};
  struct sigaction old_term_ {};
  struct sigaction old_hup_ {};
};

/// Runs all tasks, at most `at_once` at a time, and returns what became of them, in their order.
/// `on_progress(task, share)` is called as reports come in. After SIGINT, SIGTERM or SIGHUP the
/// children are ended and their outcomes have exit code 130; those that had finished keep their
/// results.
std::vector<ChildOutcome> run_children(const std::vector<ChildTask>& tasks, unsigned at_once,
                                       const std::function<void(std::size_t, double)>& on_progress);

}  // namespace tandem

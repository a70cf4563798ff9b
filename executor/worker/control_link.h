// The worker's end of the line to the controller: a thread that tells the worker's state and hears
// commands, so that both happen while a step takes minutes.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "executor/protocol/messages.h"
#include "executor/worker/computation.h"

namespace tandem {

class ControlLink {
 public:
  /// `endpoint` as ZeroMQ writes it. `orphan_patience`: without a controller for so long, an idle
  /// worker leaves, and one that learns after ten times as long, saved. A replica leaves after a
  /// second: the front that its answers were for has gone with the controller.
  ControlLink(const std::string& endpoint, DeviceId device,
              std::chrono::milliseconds orphan_patience);
  ~ControlLink();
  ControlLink(const ControlLink&) = delete;
  ControlLink& operator=(const ControlLink&) = delete;

  /// As if the controller had said kLeave. May be called by a signal's handler.
  static void ask_to_leave() noexcept { leave_asked_ = true; }

  /// Replaces what is told. A new phase is told at once, the rest a few times a second.
  void tell(const WorkerState& state);
  WorkerState told() const;
  /// Waits for kStart, kClear or kLeave.
  WorkerCommand wait();
  /// What the controller wishes for the rank that runs; a wish to save is taken by asking.
  Wish take_wish();
  /// Whether the rank, a replica, has nothing more to do.
  bool is_to_finish() const { return is_to_finish_; }

 private:
  class Socket;
  void run(Socket& socket);
  void hear(const WorkerCommand& command);
  std::chrono::milliseconds patience() const;
  /// Leaves if it was asked to, or has been without a controller for too long.
  void leave_if_due();
  void wake();

  static inline std::atomic<bool> leave_asked_ = false;
  const std::chrono::milliseconds orphan_patience_;
  mutable std::mutex mutex_;
  std::condition_variable heard_;
  WorkerState state_;
  bool is_news_ = true;    ///< The state has changed since it was told,
  bool is_urgent_ = true;  ///< and its phase has.
  std::deque<WorkerCommand> commands_;
  std::chrono::steady_clock::time_point connected_;  ///< When it last was.
  std::atomic<Wish> wish_ = Wish::kGoOn;
  std::atomic<bool> is_to_finish_ = false;
  bool is_replica_ = false;  ///< What was started last.
  std::atomic<bool> is_over_ = false;
  int wake_ = -1;  ///< An eventfd.
  std::thread thread_;
};

}  // namespace tandem

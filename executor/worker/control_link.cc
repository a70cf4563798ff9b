#include "executor/worker/control_link.h"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <system_error>
#include <utility>
#include <zmq.hpp>
#include <zmq_addon.hpp>

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr auto kHeartbeat = 500ms;
constexpr auto kNewsInterval = 100ms;
/// A rank that computes without a controller goes on for so many times an idle worker's patience.
constexpr int kComputingPatience = 10;
constexpr auto kReplicaPatience = 1000ms;

/// Knows whether anybody is at the other end.
class Monitor final : public zmq::monitor_t {
 public:
  explicit Monitor(zmq::socket_t& socket) {
    init(socket, "inproc://monitor", ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED);
  }
  bool is_connected() {
    while (check_event(0)) {
    }
    return is_connected_;
  }

 private:
  void on_event_handshake_succeeded(const zmq_event_t&, const char*) override {
    is_connected_ = true;
  }
  void on_event_disconnected(const zmq_event_t&, const char*) override { is_connected_ = false; }
  bool is_connected_ = false;
};

}  // namespace

class ControlLink::Socket {
 public:
  Socket(const std::string& endpoint, DeviceId device)
      : socket_(context_, zmq::socket_type::dealer), monitor_(socket_) {
    socket_.set(zmq::sockopt::routing_id, fmt::format("device-{}", device.value));
    socket_.set(zmq::sockopt::linger, 200);
    socket_.set(zmq::sockopt::immediate, true);  // Old news need not wait for a new controller.
    socket_.set(zmq::sockopt::reconnect_ivl, 50);
    socket_.set(zmq::sockopt::reconnect_ivl_max, 500);
    socket_.connect(endpoint);
  }

  bool is_connected() { return monitor_.is_connected(); }
  /// Until there is something to read, `wake` is written to, or the time is over.
  void wait(int wake, std::chrono::milliseconds longest) {
    std::array<zmq::pollitem_t, 2> items = {
        {{socket_.handle(), 0, ZMQ_POLLIN, 0}, {nullptr, wake, ZMQ_POLLIN, 0}}};
    zmq::poll(items.data(), items.size(), longest);
  }
  std::optional<std::string> receive() {
    zmq::message_t message;
    if (!socket_.recv(message, zmq::recv_flags::dontwait)) return std::nullopt;
    return message.to_string();
  }
  bool send(const std::string& text) {
    return socket_.send(zmq::buffer(text), zmq::send_flags::dontwait).has_value();
  }

 private:
  zmq::context_t context_;
  zmq::socket_t socket_;
  Monitor monitor_;
};

ControlLink::ControlLink(const std::string& endpoint, DeviceId device,
                         std::chrono::milliseconds orphan_patience)
    : orphan_patience_(orphan_patience), connected_(Clock::now()) {
  state_.device = device;
  state_.pid = static_cast<std::int32_t>(getpid());
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::thread([this, endpoint, device] {
    Socket socket(endpoint, device);
    run(socket);
  });
}

ControlLink::~ControlLink() {
  is_over_ = true;
  wake();
  thread_.join();
  close(wake_);
}

void ControlLink::wake() {
  const std::uint64_t one = 1;
  // Full means that it is awake.
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
}

void ControlLink::tell(const WorkerState& state) {
  {
    const std::lock_guard lock(mutex_);
    is_news_ = true;
    is_urgent_ = is_urgent_ || state.phase != state_.phase;
    const WorkerState before = std::exchange(state_, state);
    state_.device = before.device;
    state_.pid = before.pid;
    if (!is_urgent_) return;
  }
  wake();
}

WorkerState ControlLink::told() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

WorkerCommand ControlLink::wait() {
  std::unique_lock lock(mutex_);
  heard_.wait(lock, [this] { return !commands_.empty(); });
  WorkerCommand command = std::move(commands_.front());
  commands_.pop_front();
  return command;
}

Wish ControlLink::take_wish() {
  Wish expected = Wish::kSave;
  if (wish_.compare_exchange_strong(expected, Wish::kGoOn)) return Wish::kSave;
  return expected;
}

void ControlLink::run(Socket& socket) {
  Clock::time_point told{};
  while (true) {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = read(wake_, &count, sizeof count);
    while (const auto text = socket.receive()) hear(worker_command_of(*text));
    std::string news;
    {
      const std::lock_guard lock(mutex_);
      const auto since = Clock::now() - told;
      if (is_urgent_ || since >= kHeartbeat || (is_news_ && since >= kNewsInterval)) {
        news = to_text(state_);
        is_news_ = is_urgent_ = false;
      }
      if (socket.is_connected()) connected_ = Clock::now();
    }
    if (!news.empty()) {
      told = Clock::now();
      const bool sent = socket.send(news);
      const std::lock_guard lock(mutex_);
      is_urgent_ = is_urgent_ || !sent;
    }
    if (is_over_) return;
    leave_if_due();
    socket.wait(wake_, kNewsInterval);
  }
}

void ControlLink::hear(const WorkerCommand& command) {
  using Kind = WorkerCommand::Kind;
  const std::lock_guard lock(mutex_);
  const bool is_for_rank = state_.runs(command.job, command.generation);
  switch (command.kind) {
    case Kind::kDrain:
      if (is_for_rank) wish_ = Wish::kStop;
      return;
    case Kind::kFinish:
      if (is_for_rank) is_to_finish_ = true;
      return;
    case Kind::kCheckpoint: {
      Wish nothing = Wish::kGoOn;
      if (is_for_rank) wish_.compare_exchange_strong(nothing, Wish::kSave);
      return;
    }
    case Kind::kStart:
      // Asked again because the answer was not heard yet.
      if (state_.runs(command.task->job, command.task->generation)) return;
      wish_ = Wish::kGoOn;
      is_to_finish_ = false;
      is_replica_ = command.task->serving.has_value();
      break;
    case Kind::kClear:
      if (!is_for_rank || !state_.has_ended()) return;
      break;
    case Kind::kLeave: wish_ = Wish::kStop; break;
  }
  commands_.push_back(command);
  heard_.notify_one();
}

std::chrono::milliseconds ControlLink::patience() const {
  const bool computes =
      state_.phase == RankPhase::kLoading || state_.phase == RankPhase::kComputing;
  if (!computes) return orphan_patience_;
  return is_replica_ ? kReplicaPatience : orphan_patience_ * kComputingPatience;
}

void ControlLink::leave_if_due() {
  const std::lock_guard lock(mutex_);
  const bool is_orphan = Clock::now() - connected_ >= patience() && commands_.empty();
  if (!is_orphan && !leave_asked_.exchange(false)) return;
  wish_ = Wish::kStop;
  commands_.push_back({WorkerCommand::Kind::kLeave, {}, 0, {}});
  heard_.notify_one();
}

}  // namespace tandem

#include "executor/control/workers.h"

#include <fmt/format.h>
#include <poll.h>

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <zmq_addon.hpp>

#include "policies/core/error.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
constexpr auto kLookInterval = 500ms;

/// As workers call themselves.
std::string worker_name(DeviceId device) { return fmt::format("device-{}", device.value); }

bool has_ended(const WorkerProcess& process) {
  pollfd item{process.exit_descriptor(), POLLIN, 0};
  return poll(&item, 1, 0) > 0;
}

}  // namespace

Workers::Workers(zmq::context_t& context, const std::string& endpoint, Launcher& launcher,
                 std::size_t devices, Settings settings)
    : launcher_(launcher),
      settings_(settings),
      socket_(context, zmq::socket_type::router),
      seats_(devices) {
  // A new worker takes the place of a dead one under the same name.
  socket_.set(zmq::sockopt::router_handover, true);
  socket_.set(zmq::sockopt::linger, 0);
  socket_.bind(endpoint);
  for (std::uint32_t device = 0; device < devices; ++device) {
    if (launcher_.is_alive({device})) {
      seats_[device].reunion_ends = Clock::now() + settings_.reunion;
    } else {
      launch({device});
    }
  }
}

void Workers::add_to(std::vector<zmq_pollitem_t>& items) const {
  items.push_back({const_cast<void*>(socket_.handle()), 0, ZMQ_POLLIN, 0});
  for (const Seat& seat : seats_) {
    if (seat.process) items.push_back({nullptr, seat.process->exit_descriptor(), ZMQ_POLLIN, 0});
  }
}

const std::vector<DeviceId>& Workers::attend() {
  news_.clear();
  std::vector<zmq::message_t> parts;
  while (zmq::recv_multipart(socket_, std::back_inserter(parts), zmq::recv_flags::dontwait)) {
    try {
      hear(parts.back().to_string());
    } catch (const InputError& error) {
      blame(parts.front().to_string_view(), error.what());
    }
    parts.clear();
  }
  bury_the_dead();
  if (Clock::now() >= next_look_) look_for_the_silent();
  std::ranges::sort(news_);
  const auto repeated = std::ranges::unique(news_);
  news_.erase(repeated.begin(), repeated.end());
  return news_;
}

void Workers::is_new(DeviceId device) { news_.push_back(device); }

void Workers::launch(DeviceId device) {
  Seat& seat = seats_[device.value];
  seat.process = launcher_.launch(device);
  seat.heard = Clock::now();
  ++seat.incarnation;
}

void Workers::hear(const std::string& text) {
  const WorkerState state = worker_state_of(text);
  if (state.device.value >= seats_.size() || state.pid <= 0) {
    throw InputError("a message is of no device, or of no process");
  }
  Seat& seat = seats_[state.device.value];
  if (!seat.process) {
    seat.process = launcher_.adopt(state.pid);
    if (!seat.process) return;
    ++seat.incarnation;
  }
  if (seat.process->pid() != state.pid) return;  // The last words of one that is buried.
  seat.reunion_ends.reset();
  seat.state = state;
  seat.heard = Clock::now();
  seat.failed_launches = 0;
  is_new(state.device);
}

void Workers::blame(std::string_view name, const std::string& cause) {
  for (std::uint32_t device = 0; device < seats_.size(); ++device) {
    if (name != worker_name({device}) || !seats_[device].process) continue;
    seats_[device].fault = cause;
    kill({device});
  }
}

void Workers::bury_the_dead() {
  for (std::uint32_t device = 0; device < seats_.size(); ++device) {
    const Seat& seat = seats_[device];
    if (seat.process && has_ended(*seat.process)) bury({device});
  }
}

void Workers::bury(DeviceId device) {
  Seat& seat = seats_[device.value];
  seat.last_end = seat.process->how_it_ended();
  if (!seat.fault.empty()) seat.last_end += ": " + std::exchange(seat.fault, {});
  if (!seat.state) ++seat.failed_launches;
  seat.process.reset();
  seat.state.reset();
  is_new(device);
  if (is_dismissed_) return;
  if (seat.failed_launches >= settings_.failed_launches) {
    throw std::runtime_error(
        fmt::format("the worker of device {} {} before it was ready, {} times in a row; see "
                    "workers/device-{}.log in the run's folder",
                    device.value, seat.last_end, seat.failed_launches, device.value));
  }
  launch(device);
}

void Workers::look_for_the_silent() {
  const auto now = Clock::now();
  next_look_ = now + kLookInterval;
  for (std::uint32_t device = 0; device < seats_.size(); ++device) {
    Seat& seat = seats_[device];
    if (seat.process && now - seat.heard > settings_.silence) seat.process->kill();
    if (!seat.reunion_ends) continue;
    if (launcher_.is_alive({device})) {
      if (now < *seat.reunion_ends) continue;
      throw std::runtime_error(
          fmt::format("device {} is held by a process of an earlier controller that does not "
                      "answer; 'fuser -k workers/device-{}.lock' in the run's folder ends it",
                      device, device));
    }
    seat.reunion_ends.reset();
    is_new({device});
    launch({device});
  }
}

const WorkerState* Workers::state(DeviceId device) const {
  const Seat& seat = seats_[device.value];
  return seat.state ? &*seat.state : nullptr;
}

void Workers::send(DeviceId device, const WorkerCommand& command) {
  const std::string name = worker_name(device);
  const std::string text = to_text(command);
  socket_.send(zmq::buffer(name), zmq::send_flags::sndmore | zmq::send_flags::dontwait);
  socket_.send(zmq::buffer(text), zmq::send_flags::dontwait);
}

void Workers::kill(DeviceId device) {
  if (Seat& seat = seats_[device.value]; seat.process) seat.process->kill();
}

void Workers::dismiss() {
  is_dismissed_ = true;
  for (std::uint32_t device = 0; device < seats_.size(); ++device) {
    if (!seats_[device].process) continue;
    if (seats_[device].state) {
      send({device}, {WorkerCommand::Kind::kLeave, {}, 0, {}});
    } else {
      seats_[device].process->kill();  // It has not found its way to us, and runs nothing.
    }
  }
}

void Workers::kill_all() {
  for (const Seat& seat : seats_) {
    if (seat.process) seat.process->kill();
  }
}

bool Workers::all_gone() const {
  return std::ranges::none_of(seats_, [](const Seat& seat) { return seat.process != nullptr; });
}

}  // namespace tandem

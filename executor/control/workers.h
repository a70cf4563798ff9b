// The controller's side of all workers: launches one for each device, hears what state they are in,
// notices their deaths, passes commands on. What they run is not its concern.
#pragma once

#include <zmq.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "executor/control/launcher.h"
#include "executor/protocol/messages.h"

namespace tandem {

class Workers {
 public:
  using Clock = std::chrono::steady_clock;

  struct Settings {
    /// A worker that says nothing for so long is killed.
    std::chrono::milliseconds silence{15'000};
    /// So long an earlier controller's worker may take to say that it is there.
    std::chrono::milliseconds reunion{15'000};
    /// So many launches in a row may fail before the run is given up.
    int failed_launches = 3;
  };

  /// `context` and `launcher` must outlive it. Binds `endpoint`; launches what is not alive.
  Workers(zmq::context_t& context, const std::string& endpoint, Launcher& launcher,
          std::size_t devices, Settings settings);

  /// What to wait for; valid until the next call of anything.
  void add_to(std::vector<zmq_pollitem_t>& items) const;
  /// Reads what there is, buries the dead and launches others. Returns the devices of which
  /// something is new. Throws std::runtime_error when a device's worker cannot be launched.
  const std::vector<DeviceId>& attend();
  /// When it wants to be called again, whatever happens.
  Clock::time_point next_look() const { return next_look_; }

  /// Null until it has said that it is there, and after its death.
  const WorkerState* state(DeviceId device) const;
  /// Whether an earlier controller's worker may still turn up for the device.
  bool is_expected(DeviceId device) const { return seats_[device.value].reunion_ends.has_value(); }
  /// Counts its workers so far: whoever remembers it learns of a death.
  std::uint32_t incarnation(DeviceId device) const { return seats_[device.value].incarnation; }
  /// How the last one ended that did.
  const std::string& last_end(DeviceId device) const { return seats_[device.value].last_end; }

  void send(DeviceId device, const WorkerCommand& command);
  /// Its death is news of a later attend(), and another is launched.
  void kill(DeviceId device);
  /// All are asked to leave and none is launched again.
  void dismiss();
  bool all_gone() const;
  void kill_all();

 private:
  struct Seat {
    std::unique_ptr<WorkerProcess> process;
    std::optional<WorkerState> state;
    Clock::time_point heard;
    std::uint32_t incarnation = 0;
    int failed_launches = 0;
    std::optional<Clock::time_point> reunion_ends;
    std::string last_end;
    std::string fault;  ///< What it has said that cannot be; empty: nothing.
  };
  void launch(DeviceId device);
  void hear(const std::string& text);
  /// Whoever calls itself so talks nonsense: it is killed.
  void blame(std::string_view name, const std::string& cause);
  void bury_the_dead();
  void bury(DeviceId device);
  void look_for_the_silent();
  void is_new(DeviceId device);

  Launcher& launcher_;
  const Settings settings_;
  zmq::socket_t socket_;
  std::vector<Seat> seats_;
  std::vector<DeviceId> news_;
  Clock::time_point next_look_;
  bool is_dismissed_ = false;
};

}  // namespace tandem

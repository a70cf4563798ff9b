// Where worker processes come from. On one machine the controller starts them itself; under Slurm
// srun will. Whoever it is gives the controller a process to watch and to kill.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "policies/core/ids.h"

namespace tandem {

class WorkerProcess {
 public:
  virtual ~WorkerProcess() = default;
  virtual std::int32_t pid() const = 0;
  /// A descriptor that can be read once the process has ended.
  virtual int exit_descriptor() const = 0;
  /// At once, without a word; does nothing to one that has ended.
  virtual void kill() = 0;
  /// After exit_descriptor() said so: "was killed by signal 9", "ended with code 1".
  virtual std::string how_it_ended() = 0;
};

class Launcher {
 public:
  virtual ~Launcher() = default;
  /// Starts a worker for a device that has none. Throws std::system_error if it cannot.
  virtual std::unique_ptr<WorkerProcess> launch(DeviceId device) = 0;
  /// Whether a worker lives for the device, launched by whoever: two must never.
  virtual bool is_alive(DeviceId device) const = 0;
  /// A living worker that an earlier controller launched; null if it has just ended.
  virtual std::unique_ptr<WorkerProcess> adopt(std::int32_t pid) = 0;
};

}  // namespace tandem

// Workers as processes of this machine.
#pragma once

#include <string>
#include <vector>

#include "executor/control/launcher.h"

namespace tandem {

struct LocalWorkers {
  std::filesystem::path program;    ///< tandem-worker.
  std::filesystem::path folder;     ///< For their locks and logs.
  std::string endpoint;             ///< Where they find the controller.
  std::vector<std::string> on;      ///< By DeviceId: "cpu" or "cuda:0".
  std::int64_t orphan_ms = 60'000;  ///< See ControlLink.
};

/// A worker lives as long as its lock is held: the file is locked before the worker is there, and
/// the worker inherits the lock, so that no crash leaves a gap in which two could be started.
class LocalLauncher final : public Launcher {
 public:
  explicit LocalLauncher(LocalWorkers workers);
  std::unique_ptr<WorkerProcess> launch(DeviceId device) override;
  bool is_alive(DeviceId device) const override;
  std::unique_ptr<WorkerProcess> adopt(std::int32_t pid) override;

 private:
  std::filesystem::path file(DeviceId device, const char* extension) const;
  LocalWorkers workers_;
};

}  // namespace tandem

#include "cli/local_machine.h"

#include <fmt/format.h>
#include <unistd.h>

#include <iterator>
#include <system_error>
#include <thread>

#include "cli/terminal.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

fs::path worker_program(const RunArguments& run) {
  const fs::path program = run.worker.empty()
                               ? fs::read_symlink("/proc/self/exe").parent_path() / "tandem-worker"
                               : fs::absolute(run.worker);
  if (access(program.c_str(), X_OK) != 0) {
    throw InputError({program.string(), 0, 0},
                     "no such program; './dev build' makes tandem-worker");
  }
  return program;
}

std::size_t gpus_here() {
  std::error_code none;
  const fs::directory_iterator known("/proc/driver/nvidia/gpus", none);
  return static_cast<std::size_t>(std::distance(begin(known), fs::directory_iterator()));
}

bool runs_on_gpus(const RunArguments& run) {
  return run.on == "cuda" || (run.on == "auto" && gpus_here() > 0);
}

}  // namespace

std::size_t devices_here(const RunArguments& run) {
  if (runs_on_gpus(run)) return gpus_here();
  return std::max(1U, std::thread::hardware_concurrency() / run.threads);
}

LocalMachine local_machine(const RunArguments& run, std::size_t devices) {
  const bool on_gpus = runs_on_gpus(run);
  if (on_gpus && devices > gpus_here()) {
    throw InputError(
        fmt::format("the scenario has {} devices, this machine {} GPUs; describe what "
                    "is here, or say --on cpu",
                    devices, gpus_here()));
  }
  if (!on_gpus && devices > devices_here(run)) {
    print_error(fmt::format("note: {} ranks of {} threads share {} processors", devices,
                            run.threads, std::thread::hardware_concurrency()));
  }
  LocalMachine machine{worker_program(run), {}};
  for (std::size_t i = 0; i < devices; ++i) {
    machine.devices.push_back(on_gpus ? fmt::format("cuda:{}", i) : "cpu");
  }
  return machine;
}

}  // namespace tandem

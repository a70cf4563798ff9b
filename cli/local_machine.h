// What this machine has for a real run: the worker's program, and devices.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cli/run_arguments.h"

namespace tandem {

struct LocalMachine {
  std::filesystem::path worker;
  std::vector<std::string> devices;  ///< By DeviceId: "cpu" or "cuda:0".
};

/// With as many devices as are wanted. Throws InputError if they are not there.
LocalMachine local_machine(const RunArguments& run, std::size_t devices);
/// How many devices there are: GPUs, or processors by the threads of a rank.
std::size_t devices_here(const RunArguments& run);

}  // namespace tandem

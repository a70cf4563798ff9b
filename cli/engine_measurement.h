// Measures the engines of a scenario's services: as many at one time as there are replicas, each in
// a process of the worker's program.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/local_machine.h"
#include "executor/spec/serving_spec.h"

namespace tandem {

/// The entry of `measured.engines`, the mean over `copies` processes. `folder` is for a file.
/// Throws std::runtime_error if a process measures nothing.
nlohmann::ordered_json measure_engines(const LocalMachine& machine, std::size_t threads,
                                       const ServingSpec& spec, std::size_t copies,
                                       const std::filesystem::path& folder);

/// What the worker's program prints, with more arguments than where and with how many threads.
class WorkerOutput {
 public:
  WorkerOutput(const LocalMachine& machine, std::size_t device, std::size_t threads,
               const std::string& arguments);
  /// Waits for all of it. Throws std::runtime_error if it is no JSON.
  nlohmann::ordered_json take();

 private:
  std::string command_;
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe_;
};

}  // namespace tandem

// What `tandem models step` and `fit` are asked, looked up in the catalogue.
#pragma once

#include <string>
#include <utility>

#include "cli/arguments.h"
#include "workloads/perf/machine.h"

namespace tandem {

struct TrainingQuestion {
  explicit TrainingQuestion(const Arguments& arguments);
  // The machine and the model point into the catalogue.
  TrainingQuestion(const TrainingQuestion&) = delete;
  TrainingQuestion& operator=(const TrainingQuestion&) = delete;

  Catalog catalog;
  const Architecture* model = nullptr;
  Machine machine;
  std::int64_t devices = 0;
  Layout layout;
};

Catalog catalog_of(const Arguments& arguments);

/// "64xa100-sxm-80g": how many of which.
std::pair<std::int64_t, std::string> parse_devices(const std::string& text);
/// The usual machine of a device with what the options `--fabric` and so on say instead.
Machine machine_of(const Catalog& catalog, const DeviceType& device, const MachineArguments& asked);

}  // namespace tandem

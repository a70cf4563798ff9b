// The device types we know, with where each figure comes from. The data is hardware.yaml beside
// this file, built into the program.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/units.h"

namespace tandem {

/// One accelerator (or processor) type. Figures the maker does not publish are absent, never
/// guessed. Peaks are dense, in operations per second.
struct DeviceType {
  std::string name;   ///< "h100-sxm".
  std::string title;  ///< "NVIDIA H100 SXM5 80 GB".
  Bytes memory;
  double memory_bytes_per_s = 0;
  std::optional<double> peak_fp32;
  std::optional<double> peak_bf16;
  std::optional<double> peak_fp16;
  std::optional<double> peak_fp8;
  std::optional<double> link_bytes_per_s;  ///< NVLink, all links, both directions together.
  std::optional<double> busy_watts;        ///< Board power limit.
  std::optional<double> idle_watts;
  std::vector<std::string> sources;
};

/// All of the catalogue, ordered by name.
std::span<const DeviceType> device_types();

/// Throws InputError with the nearest name if there is no such type.
const DeviceType& device_type(std::string_view name);

}  // namespace tandem

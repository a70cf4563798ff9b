// The device types we know, with where each figure comes from. The data is hardware.yaml beside
// this file, built into the program; users add their own with a catalogue file (catalog.h).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/units.h"
#include "workloads/catalog/measured.h"

namespace tandem {

/// The machine that a device usually sits in.
struct UsualNode {
  std::int64_t devices = 8;
  std::string fabric;   ///< Inside the node, by name; empty: not known.
  std::string network;  ///< Between nodes, by name.
  std::int64_t nics = 8;
};

/// How much of its peaks a device sustains in training, and how far measured steps have been from
/// what the model says. docs/step-time.md tells how each figure was found.
struct Efficiency {
  double gemm = 0.70;            ///< Of the peak, in matrix products without end.
  double gemm_fp8 = 0.60;        ///< Of the fp8 peak.
  double flash_forward = 0.40;   ///< Of the peak, counting half of the scores (causal mask).
  double flash_backward = 0.32;  ///< The same, backward.
  double band_low = 0.70;        ///< Nine of ten measured steps take at least this times ours,
  double band_high = 1.45;       ///< and at most this.
  std::int64_t runs = 0;         ///< Measured runs behind the band.
  std::string source = "no published training runs: between the A100 and the H100";
};

/// What a device sustains when it serves, beyond Efficiency, and how far measured steps of engines
/// have been from what the model says. docs/serving-time.md tells how each figure was found.
struct ServingEfficiency {
  double memory = 0.80;       ///< Of the bandwidth, in reading weights and caches.
  double host = 1;            ///< Time of its usual node's host, of that of an A100's.
  double prefill_low = 0.5;   ///< Nine of ten measured prefills take at least this times ours,
  double prefill_high = 2.0;  ///< and at most this.
  double decode_low = 0.6;    ///< The same, of steps that only decode.
  double decode_high = 1.7;
  std::int64_t points = 0;  ///< Measured points behind the bands.
  std::string source = "not measured: memory and host as of the A100";
};

/// One accelerator (or processor) type. Figures the maker does not publish are absent, never
/// guessed. Peaks are dense, in operations per second.
struct DeviceType {
  std::string name;                    ///< "h100-sxm".
  std::string title;                   ///< "NVIDIA H100 SXM5 80 GB".
  Bytes memory;                        ///< As the maker prints it, GB read as 10^9 bytes.
  std::optional<Bytes> usable_memory;  ///< What a program finds there, where that is known.
  double memory_bytes_per_s = 0;
  std::optional<double> peak_fp32;
  std::optional<double> peak_tf32;
  std::optional<double> peak_bf16;
  std::optional<double> peak_fp16;
  std::optional<double> peak_fp8;
  std::optional<double> link_bytes_per_s;  ///< NVLink, all links, both directions together.
  std::optional<double> busy_watts;        ///< Board power limit.
  std::optional<double> idle_watts;
  std::optional<UsualNode> node;
  Efficiency efficiency;
  ServingEfficiency serving;
  std::optional<Measured> measured;
  std::vector<std::string> sources;
};

/// All of the built-in catalogue, ordered by name.
std::span<const DeviceType> device_types();

/// Throws InputError with the nearest name if there is no such type.
const DeviceType& device_type(std::string_view name);

}  // namespace tandem

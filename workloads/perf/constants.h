// The constants of the step-time model that are the same for every device, each with its source.
// What differs between devices stands in the catalogue (DeviceType, Efficiency, Fabric).
// docs/step-time.md tells how they were found and what they leave unexplained.
#pragma once

#include <span>
#include <string_view>

namespace tandem {

/// Start and end of a kernel on the device: no work of it overlaps with its neighbours'.
inline constexpr double kKernelSeconds = 4e-6;
/// Of a matrix product: the time at the peak rate at which half of the sustained rate is lost to
/// filling the device (tiles, waves, reading the first operands).
inline constexpr double kFillSeconds = 0.64e-6;
/// Of the peak rate: batched products of attention that is not fused.
inline constexpr double kBatchedGemm = 0.45;
/// Of the memory bandwidth: norms, dropout, activations, softmax, optimizer.
inline constexpr double kMemoryEfficiency = 0.75;
/// What a collective costs of its own time when it runs beside computation, by the processors and
/// the memory bandwidth it takes from it.
inline constexpr double kOverlapCost = 0.4;
/// Memory passes of eager frameworks over those of fused kernels, in pointwise work.
inline constexpr double kEagerPasses = 2;
/// Time of the host for each kernel it launches.
inline constexpr double kLaunchSeconds = 5e-6;
inline constexpr double kKernelsPerLayer = 15;
/// Loss and logits in fp32: bytes for each entry, forward and backward.
inline constexpr double kLossForwardBytes = 20;
inline constexpr double kLossBackwardBytes = 12;
/// Memory traffic of one optimizer step for each parameter.
inline constexpr double kOptimizerBytes = 54;
/// Data loading, loss, logging and synchronisation of the ranks once a step.
inline constexpr double kStepSeconds = 0.010;
/// Runtime, libraries and communication buffers on each device.
inline constexpr double kRuntimeBytes = 2e9;
/// Share of the memory that the allocator cannot use, by fragmentation.
inline constexpr double kFragmentation = 0.02;

struct Constant {
  std::string_view name;
  double value = 0;
  std::string_view unit;
  std::string_view source;
};

/// All of the above, for --explain-model.
std::span<const Constant> step_time_constants();

}  // namespace tandem

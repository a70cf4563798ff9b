// What serving software costs beside the device's work, by name: the device's constants are the
// same for all of it.
#pragma once

#include <span>
#include <string_view>

#include "workloads/catalog/architecture.h"

namespace tandem {

/// Times are of the host of an A100 node; ServingEfficiency::host scales them.
struct EngineProfile {
  std::string_view name;
  std::string_view title;
  /// The host's time to start one operator, beside the device's work: a step takes at least that
  /// for all of them. 0: started from recorded graphs.
  double operator_seconds = 0;
  double step_seconds = 0;     ///< Scheduling, inputs, outputs: the device waits.
  double request_seconds = 0;  ///< The same, for each request of the step.
  double prefill_seconds = 0;  ///< The same, of a step with prompts.
  /// Of the engine's own all-reduce of short messages; 0: it has none.
  double all_reduce_latency = 0;
  double all_reduce_bytes_per_s = 1;
  std::string_view source;
};

std::span<const EngineProfile> engine_profiles();
/// Throws InputError with the nearest name.
const EngineProfile& engine_profile(std::string_view name);

/// Operators of one layer that the host starts.
int operators_of_layer(const Architecture& model);

}  // namespace tandem

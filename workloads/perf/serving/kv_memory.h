// How many blocks of keys and values fit beside the weights: what decides how many requests an
// engine runs at once. Every term is there to be printed, and the count to be pinned instead.
#pragma once

#include <string>

#include "workloads/perf/serving/serving_layout.h"

namespace tandem {

struct KvSettings {
  double utilization = 0.9;  ///< Of the device's memory that the engine may take.
  std::int64_t block_tokens = 16;
  std::int64_t max_batched_tokens = 8192;  ///< Of a step.
  std::int64_t max_sequences = 256;        ///< Whose logits are held at one time.
};

/// Bytes of a device of the stage that has least room.
struct KvMemory {
  double usable = 0;  ///< utilization * memory.
  double weights = 0;
  double activations = 0;  ///< Of the largest step, and its logits.
  double runtime = 0;      ///< Context, libraries and communication buffers.
  double block = 0;        ///< Of one block's keys and values.
  std::int64_t block_tokens = 0;
  std::int64_t stage = 0;
  std::int64_t blocks = 0;

  double left() const { return usable - weights - activations - runtime; }
  std::int64_t tokens() const { return blocks * block_tokens; }
  std::int64_t blocks_of(std::int64_t context) const {
    return (context + block_tokens - 1) / block_tokens;
  }
  /// How many sequences of `context` tokens fit at one time.
  std::int64_t sequences(std::int64_t context) const { return blocks / blocks_of(context); }
};

KvMemory kv_memory(const Architecture& model, const DeviceType& device, const ServingLayout& layout,
                   const KvSettings& settings);

/// Why not even one sequence of `context` tokens can be served; empty if it can.
std::string kv_obstacle(const KvMemory& memory, std::int64_t context);

}  // namespace tandem

// What one device holds while it trains, and whether it fits.
#pragma once

#include "workloads/perf/machine.h"

namespace tandem {

/// Parameters that one rank computes with.
struct RankParameters {
  double dense = 0;    ///< The same on all its data parallel ranks.
  double experts = 0;  ///< The same on data / expert of them.
};
/// Of a pipeline stage, counted from 0. The last one has the output matrix, the first the
/// embedding.
RankParameters rank_parameters(const Architecture& model, const Layout& layout, std::int64_t stage);

/// Bytes on one device.
struct MemoryUse {
  double weights = 0;
  double gradients = 0;
  double optimizer = 0;
  double activations = 0;  ///< Kept for the backward pass, all micro-batches in flight.
  double workspace = 0;    ///< Largest of: one layer computed again, logits, gathered weights.
  double runtime = 0;
  double reserve = 0;   ///< Lost to fragmentation.
  double capacity = 0;  ///< Of the device.
  std::int64_t stage = 0;

  double total() const {
    return weights + gradients + optimizer + activations + workspace + runtime + reserve;
  }
  bool fits() const { return total() <= capacity; }
};

/// Of the fuller of the first stage, which has most micro-batches in flight, and the last, which
/// has the logits.
MemoryUse memory_use(const Architecture& model, const Machine& machine, const Layout& layout);
/// The same where nothing is learned: weights, and what one layer or the logits work with.
MemoryUse forward_memory_use(const Architecture& model, const Machine& machine,
                             const Layout& layout);

/// Bytes that one layer keeps of one micro-batch (Korthikanti et al. 2022, section 4; general in
/// heads, gates and dropout).
double layer_activations(const Architecture& model, const Layout& layout);
/// The same when nothing of it is computed again.
double whole_layer_activations(const Architecture& model, const Layout& layout);

}  // namespace tandem

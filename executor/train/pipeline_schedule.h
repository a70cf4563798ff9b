// In which order a pipeline stage computes its micro-batches: one forward, one backward, with a
// flush at the end of each step (PipeDream-Flush; Narayanan et al. 2021, "Efficient Large-Scale
// Language Model Training on GPU Clusters", section 2.2.1). Pure.
#pragma once

#include <vector>

namespace tandem {

enum class Pass { kForward, kBackward };

struct PassOfMicroBatch {
  Pass pass = Pass::kForward;
  int micro_batch = 0;
  friend bool operator==(const PassOfMicroBatch&, const PassOfMicroBatch&) = default;
};

/// Forward passes of `stage` of `stages` before its first backward pass: one for each stage behind
/// it, which is also how many micro-batches' activations it keeps at most, but for one.
int warmup_passes(int stage, int stages, int micro_batches);

/// All passes of a step, in order: the warm-up, then forward and backward by turns, then the
/// backward passes that remain. Backward passes are in the order of the forward ones.
std::vector<PassOfMicroBatch> one_forward_one_backward(int stage, int stages, int micro_batches);

}  // namespace tandem

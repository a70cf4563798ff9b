// How long one training step takes: the one formula that scenarios, `tandem models step` and the
// search over layouts ask. An evaluation is arithmetic only, a few microseconds, no allocation.
#pragma once

#include "workloads/perf/layer_time.h"
#include "workloads/perf/memory.h"

namespace tandem {

/// What a step consists of, in seconds of the slowest pipeline stage. The parts add up to
/// seconds().
struct StepTime {
  Spent forward;  ///< Of the layers, all micro-batches.
  Spent backward;
  Spent recompute;
  double head = 0;       ///< Embedding, logits, loss.
  double transfers = 0;  ///< Activations between pipeline stages.
  double bubble = 0;     ///< Waiting for the pipeline to fill and drain.
  double data = 0;       ///< Collectives of data parallelism that are not hidden.
  double optimizer = 0;
  double overhead = 0;  ///< Once a step: data loading, logging.

  double data_whole = 0;  ///< Collectives of data parallelism, hidden or not. Not in the sum.
  double network_bytes =
      0;                   ///< That each device sends to other nodes in a step, as ring or message.
  double model_flops = 0;  ///< Of the step, over all devices; without what is computed again.
  double peak_flops = 0;   ///< Per second, over all devices.
  double tokens = 0;       ///< Of the step.
  double band_low = 1;     ///< Nine of ten measured steps took at least this times seconds(),
  double band_high = 1;    ///< and at most this.

  double seconds() const {
    return forward.total() + backward.total() + recompute.total() + head + transfers + bubble +
           data + optimizer + overhead;
  }
  double tokens_per_s() const { return tokens / seconds(); }
  /// Model FLOP/s over the peak (PaLM, appendix B).
  double mfu() const { return model_flops / seconds() / peak_flops; }
};

/// The layout must have no obstacle(). Out of memory is memory_use()'s to say. Where others use the
/// network too, ask again with Machine::oversubscription raised by the share they take.
StepTime step_time(const Architecture& model, const Machine& machine, const Layout& layout);

/// The same of an evaluation: what a step of it does is the forward pass and the loss. Nothing goes
/// back, nothing is summed over data parallel ranks, and there is no optimizer.
StepTime forward_time(const Architecture& model, const Machine& machine, const Layout& layout);

}  // namespace tandem

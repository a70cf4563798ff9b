// The time of an engine's step from the catalogue alone, for models and devices that nobody has
// measured. docs/serving-time.md has the formulas, the constants and how far off they are.
#pragma once

#include "workloads/perf/layer_time.h"
#include "workloads/perf/serving/cost_account.h"
#include "workloads/perf/serving/serving_layout.h"
#include "workloads/perf/serving/step_line.h"

namespace tandem {

/// Seconds by what they are spent on; they add up to the step.
struct StepParts {
  double matrices = 0;  ///< Products with the weights of the layers.
  double prefill_attention = 0;
  double decode_attention = 0;  ///< Reading keys and values.
  double pointwise = 0;         ///< Embedding, norms, activations, positions.
  double head = 0;              ///< Logits and choice of tokens.
  double all_reduces = 0;
  double waiting = 0;  ///< The device, for the host to start operators.
  double sends = 0;    ///< Between pipeline stages.
  double host = 0;     ///< Before and after the device's work.

  double device() const {
    return matrices + prefill_attention + decode_attention + pointwise + head + all_reduces;
  }
  double total() const { return device() + waiting + sends + host; }
};

/// With pipeline stages this is what one batch takes through all of them: the engine keeps as many
/// batches in flight as it has stages, each a step of its own.
class RooflineCost final : public StepCost {
 public:
  /// The layout must have no serving_obstacle(). The arguments must outlive the object.
  RooflineCost(const Architecture& model, const Machine& machine, const ServingLayout& layout,
               const EngineProfile& engine);

  StepLine line(const BatchShape& shape) const override;
  StepParts parts(const BatchShape& shape) const;
  CostAccount account() const;

 private:
  /// Without decode_attention's part that grows with the context, and without waiting.
  StepParts fixed_parts(const BatchShape& shape) const;
  double gemm(double m, double n, double k) const;
  double block(double tokens, double ffn) const;
  double experts(double tokens) const;
  double layer_matrices(double tokens) const;
  double layer_pointwise(double tokens) const;
  double prefill_attention(const BatchShape& shape) const;
  double memory(double bytes) const;

  const Architecture& model_;
  const Machine& machine_;
  const ServingLayout layout_;
  const EngineProfile& engine_;
  const EngineWires wires_;
  double layers_;
  double tensor_;
  double hidden_;
  double query_width_;  ///< Of a rank.
  double kv_width_;     ///< Of a rank.
  double element_;
  GemmRates layer_rates_;
  GemmRates head_rates_;
  double attention_flops_per_s_;
  double bytes_per_s_;
  double context_seconds_;  ///< Of reading one token's keys and values, in all layers.
  double launch_seconds_;   ///< The host's time to start all operators.
};

/// Seconds of a matrix product (m x k) (k x n). Reading and computing overlap, the less the more
/// alike they are: the root of the sum of squares.
double product_seconds(const GemmRates& rates, double m, double n, double k);

/// Experts of `experts` that `tokens` tokens touch if each takes `active` at random.
double experts_touched(double experts, double active, std::int64_t tokens);

}  // namespace tandem

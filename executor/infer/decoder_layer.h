// One layer of a transformer that only computes forward: the trainer's TransformerBlock over packed
// weights and a paged cache.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "executor/infer/activations.h"
#include "executor/infer/packed_matrix.h"
#include "executor/infer/paged_attention.h"
#include "executor/infer/weights.h"

namespace tandem {

/// The norm of either family.
struct NormWeights {
  at::Tensor weight;
  at::Tensor bias;  ///< Of layer norms.

  /// From a stream to its normed copy; `scales` is for the norm's own use.
  void apply(const Architecture& model, const at::Tensor& stream, at::Tensor& scales,
             at::Tensor& normed) const;
};

class DecoderLayer {
 public:
  DecoderLayer(const WeightReader& weights, std::int64_t layer, at::ScalarType type);

  /// Adds to `step.stream`.
  void forward(const Architecture& model, PagedAttention& attention, Activations& step) const;
  std::int64_t matrix_bytes() const;

 private:
  /// With its bias, where it has one.
  struct Weights {
    PackedMatrix matrix;
    at::Tensor bias;
  };

  std::int64_t layer_;
  NormWeights attention_norm_, ffn_norm_;
  Weights qkv_, projection_, up_, down_;
};

}  // namespace tandem

// The matrices that a step's tokens go through, a row for each: cut out of memory that grows to the
// largest step and is then used again.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "workloads/catalog/architecture.h"

namespace tandem {

/// All in f32.
struct Activations {
  at::Tensor stream;    ///< [rows, hidden]: the residual stream.
  at::Tensor normed;    ///< The same behind a norm.
  at::Tensor scales;    ///< [rows]: of RMS norms.
  at::Tensor qkv;       ///< [rows, q of all heads | k | v]
  at::Tensor attended;  ///< [rows, q]
  at::Tensor inner;     ///< [rows, ffn], or gate | up.
  at::Tensor gated;     ///< [rows, ffn]; undefined without a gate.

  Activations() = default;
  Activations(const Architecture& model, std::int64_t rows);
  /// Their first `rows`.
  Activations first(std::int64_t rows) const;
};

}  // namespace tandem

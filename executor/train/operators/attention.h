// Causal attention of grouped queries, from one matrix of queries, keys and values, with rotary
// positions where the model has them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "executor/train/operators/dropout.h"

namespace tandem {

/// Of the heads on this rank.
struct AttentionShape {
  std::int64_t rows = 0;
  std::int64_t sequence = 0;
  std::int64_t heads = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_size = 0;
  std::int64_t first_head = 0;  ///< Among the heads of all ranks: decides on dropout alone.
  std::int64_t all_heads = 0;

  std::int64_t group() const { return heads / kv_heads; }
  std::int64_t width() const { return (heads + 2 * kv_heads) * head_size; }
};

/// Of each position and pair of coordinates (Su et al. 2021): [sequence, head_size / 2] in f32.
/// Pairs are (i, i + head_size / 2), as in Hugging Face's checkpoints. Undefined: none.
struct Rotary {
  at::Tensor cosines, sines;
};
Rotary rotary_of(std::int64_t sequence, std::int64_t head_size, double base);

/// qkv is [rows * sequence, q | k | v], q of all heads, then k, then v; the result is
/// [rows * sequence, heads * head_size]. No device keeps scores for the backward pass.
at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const Rotary& rotary,
                     const Dropout& dropout);

}  // namespace tandem

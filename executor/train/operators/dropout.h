// Dropout (Srivastava et al. 2014) whose mask follows from a key and an element's place: nothing is
// kept for the backward pass, and a block that is computed again drops the same.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "executor/train/random.h"

namespace tandem {

struct Dropout {
  double probability = 0;  ///< 0: nothing happens.
  RandomKey key = 0;
  std::int64_t first = 0;  ///< Place of the tensor's first element in the key's sequence.

  /// What the element at `place` is multiplied by: 0, or 1 / (1 - probability).
  float factor(std::int64_t place) const {
    const auto bits = random_bits(key, static_cast<std::uint64_t>(first + place)) >> 32;
    const bool drops = static_cast<double>(bits) < probability * 0x1p32;
    return drops ? 0.0F : static_cast<float>(1 / (1 - probability));
  }
};

at::Tensor dropped(const at::Tensor& x, const Dropout& dropout);

}  // namespace tandem

// Rows of text that go through the model together.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace tandem {

/// Which rows of which step they are decides on dropout; nothing else does.
struct MicroBatch {
  at::Tensor inputs;   ///< Tokens, rows * sequence of them, 64 bits each.
  at::Tensor targets;  ///< The token after each.
  std::int64_t rows = 0;
  std::int64_t sequence = 0;
  std::int64_t step = 0;       ///< Of the optimizer, from 0.
  std::int64_t first_row = 0;  ///< Place in the step's whole batch.
  bool training = true;        ///< With dropout.
  /// Of one token's loss: one over the tokens of the whole batch makes the sum of all losses
  /// their mean.
  double weight = 1;
};

}  // namespace tandem

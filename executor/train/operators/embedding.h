// From tokens to the residual stream.
#pragma once

#include <ATen/core/Tensor.h>

#include "executor/train/flat_parameters.h"
#include "executor/train/tensor_parallel.h"

namespace tandem {

/// Rows of the table, [tokens, hidden] in f32. The table may be the cut of a vocabulary that
/// begins at `first`: tokens that are not in it give zeros, and `ranks` adds up who has them.
/// `anchor` is any number that requires a gradient where the table is to have one.
at::Tensor embedded(const at::Tensor& tokens, const Parameter& table, std::int64_t first,
                    const at::Tensor& anchor, TensorParallel* ranks);
/// x plus the embedding of each token's place in its row of `sequence`.
at::Tensor with_positions(const at::Tensor& x, const Parameter& table, std::int64_t sequence);

}  // namespace tandem

// The loss of the next token, over a vocabulary that may be cut among ranks.
#pragma once

#include <ATen/core/Tensor.h>

#include "executor/train/tensor_parallel.h"

namespace tandem {

/// `weight` times the sum of -ln softmax(logits)[target] over all tokens, in f32 from logits of any
/// type. The columns of `logits` begin at token `first`; `ranks` has the others, or is null.
at::Tensor cross_entropy(const at::Tensor& logits, const at::Tensor& targets, std::int64_t first,
                         double weight, TensorParallel* ranks);

}  // namespace tandem

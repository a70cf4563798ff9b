// Attention on processors, a head at a time in blocks of queries (Dao et al. 2022): what is ahead
// of a block is never computed, scores stay in the cache. LibTorch's would compute all of them, by
// a matrix product at a time.
#pragma once

#include "executor/train/operators/attention.h"

namespace tandem {

/// Sets `out`, and for each row, head and query the logarithm of its scores' exponentials' sum.
void attend(const at::Tensor& qkv, const AttentionShape& shape, const Rotary& rotary,
            const Dropout& dropout, at::Tensor& out, at::Tensor& log_sums);
/// Sets `dqkv`.
void attend_backward(const at::Tensor& dout, const at::Tensor& qkv, const at::Tensor& out,
                     const at::Tensor& log_sums, const AttentionShape& shape, const Rotary& rotary,
                     const Dropout& dropout, at::Tensor& dqkv);

}  // namespace tandem

// Where LibTorch 1.13 and 2.x spell the same thing in different ways. Nothing else asks which
// version it is.
#pragma once

#include <ATen/core/Tensor.h>

namespace tandem {

/// softmax(q k^T / sqrt(head size)) v, where no query sees keys behind it; its probabilities are
/// dropped out with the device's default generator. All are [rows, heads, sequence, head size].
at::Tensor causal_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                            double dropout);

}  // namespace tandem

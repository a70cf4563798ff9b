// What stands between the two matrices of a feed-forward layer.
#pragma once

#include <ATen/core/Tensor.h>

namespace tandem {

/// GELU in the form with tanh that GPT-2 was trained with (Hendrycks & Gimpel 2016).
at::Tensor gelu(const at::Tensor& x);
/// SwiGLU (Shazeer 2020): x is [tokens, gate | up]; the result silu(gate) * up.
at::Tensor swiglu(const at::Tensor& x);

}  // namespace tandem

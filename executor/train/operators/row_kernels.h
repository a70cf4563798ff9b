// The parts of LLaMA that LibTorch would compute in several passes over memory, each in one on
// processors. Tensors are contiguous, in f32 or bf16 where nothing else is said.
#pragma once

#include <ATen/core/Tensor.h>

namespace tandem {

/// y = x * scale * weight, scale = 1 / sqrt(mean(x^2) + epsilon) of each row; x and weight in f32.
void rms_norm_rows(const at::Tensor& x, const at::Tensor& weight, double epsilon, at::Tensor& y,
                   at::Tensor& scale);
/// Sets dx, adds to dweight; both in f32.
void rms_norm_rows_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& scale,
                            const at::Tensor& weight, at::Tensor& dx, at::Tensor& dweight);

/// y = silu(gate) * up, of rows (gate | up).
void swiglu_rows(const at::Tensor& x, at::Tensor& y);
void swiglu_rows_backward(const at::Tensor& dy, const at::Tensor& x, at::Tensor& dx);

}  // namespace tandem

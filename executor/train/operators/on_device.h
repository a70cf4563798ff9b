// The operators of ours that are loops on processors, made of LibTorch's, for other devices. The
// arguments are those of the loops.
#pragma once

#include <ATen/core/Tensor.h>

#include "executor/train/operators/attention.h"

namespace tandem::on_device {

void rms_norm_rows(const at::Tensor& x, const at::Tensor& weight, double epsilon, at::Tensor& y,
                   at::Tensor& scale);
void rms_norm_rows_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& scale,
                            const at::Tensor& weight, at::Tensor& dx, at::Tensor& dweight);
void swiglu_rows(const at::Tensor& x, at::Tensor& y);
void swiglu_rows_backward(const at::Tensor& dy, const at::Tensor& x, at::Tensor& dx);

/// By LibTorch's fused kernel, whose gradients are LibTorch's too. Which scores are dropped follows
/// from the same key as on processors, but they are others.
at::Tensor attention(const at::Tensor& qkv, const AttentionShape& shape, const Rotary& rotary,
                     const Dropout& dropout);

}  // namespace tandem::on_device

// The norms of both families, from the residual stream in f32 to the type of the matrices; their
// backward passes add to the flat gradients.
#pragma once

#include <ATen/core/Tensor.h>

#include "executor/train/flat_parameters.h"

namespace tandem {

/// x is [tokens, hidden] in f32; so is the arithmetic (Ba, Kiros & Hinton 2016).
at::Tensor layer_norm(const at::Tensor& x, const Parameter& weight, const Parameter& bias,
                      double epsilon, at::ScalarType type);
/// x over its root mean square (Zhang & Sennrich 2019).
at::Tensor rms_norm(const at::Tensor& x, const Parameter& weight, double epsilon,
                    at::ScalarType type);

}  // namespace tandem

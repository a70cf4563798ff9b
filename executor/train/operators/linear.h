// The matrix product of a layer, whose backward pass adds to the flat gradients right away: no
// gradient of a matrix is ever a tensor of its own in f32.
#pragma once

#include <ATen/core/Tensor.h>

#include "executor/train/flat_parameters.h"

namespace tandem {

/// How a matrix lies in memory: GPT-2's are inputs by outputs, LLaMA's outputs by inputs.
enum class MatrixForm : std::uint8_t { kInputsByOutputs, kOutputsByInputs };

/// x W: x is [tokens, inputs] in the type of `weight.value`.
at::Tensor linear(const at::Tensor& x, const Parameter& weight, MatrixForm form);
/// y + b for every token. One without a value changes nothing.
at::Tensor with_bias(const at::Tensor& y, const Parameter& bias);

}  // namespace tandem

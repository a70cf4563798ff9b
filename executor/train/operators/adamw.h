// One update by AdamW (Loshchilov & Hutter 2019) in one pass over memory, and the length of
// gradients.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

namespace tandem {

struct AdamwStep {
  float beta1, beta2, epsilon;
  float rate;
  float decay;  ///< What weights are multiplied with first.
  float gradient_factor;
  float correction1, correction2;  ///< One over 1 - beta^step.
};

/// All are equally long, contiguous and in f32. Changes weights and moments.
void adamw(const AdamwStep& step, at::Tensor weights, const at::Tensor& gradients, at::Tensor first,
           at::Tensor second);

/// The sum of the squares of all numbers of all parts, in double precision and an order that does
/// not depend on the number of threads.
double squares(std::span<const at::Tensor> parts);

namespace on_device {
/// The same, made of LibTorch's operators.
void adamw(const AdamwStep& step, at::Tensor weights, const at::Tensor& gradients, at::Tensor first,
           at::Tensor second);
double squares(std::span<const at::Tensor> parts);
}  // namespace on_device

}  // namespace tandem

// What GPT-2 has between its matrix products, each in one pass and into memory that is there: the
// trainer's operators of LibTorch make a new tensor each time.
#pragma once

#include <ATen/core/Tensor.h>

namespace tandem {

/// y = (x - mean) / sqrt(variance + epsilon) * weight + bias of each row (Ba, Kiros & Hinton 2016);
/// all in f32.
void layer_norm_rows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     double epsilon, at::Tensor& y);
/// GELU in the form with tanh that GPT-2 was trained with (Hendrycks & Gimpel 2016), in place.
void gelu_rows(at::Tensor& x);

}  // namespace tandem

#include "executor/infer/row_operators.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

#include "executor/train/vector_math.h"

namespace tandem {
namespace {

// Numbers that are worth a thread.
constexpr std::int64_t kNormed = 32'768;
constexpr std::int64_t kActivated = 8192;

std::int64_t rows_of(std::int64_t numbers, std::int64_t width) {
  return std::max<std::int64_t>(1, numbers / width);
}

TANDEM_VECTORISED void layer_norm_row(const float* x, const float* weight, const float* bias,
                                      float epsilon, float* y, std::int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += x[i];
  const float mean = sum / static_cast<float>(n);
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (std::int64_t i = 0; i < n; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const float scale = 1.0F / std::sqrt(squares / static_cast<float>(n) + epsilon);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
}

/// x / 2 (1 + tanh(u)) = x / (1 + e^(-2u)), u = sqrt(2 / pi) (x + 0.044715 x^3).
TANDEM_VECTORISED void gelu_row(float* x, std::int64_t n) {
  constexpr float kTwice = 1.59576912F;  // 2 sqrt(2 / pi)
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float twice = kTwice * (x[i] + 0.044715F * x[i] * x[i] * x[i]);
    x[i] = x[i] / (1.0F + exponential(-twice));
  }
}

}  // namespace

void layer_norm_rows(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     double epsilon, at::Tensor& y) {
  const std::int64_t width = x.size(1);
  at::parallel_for(0, x.size(0), rows_of(kNormed, width),
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t row = begin; row < end; ++row) {
                       layer_norm_row(x.data_ptr<float>() + row * width, weight.data_ptr<float>(),
                                      bias.data_ptr<float>(), static_cast<float>(epsilon),
                                      y.data_ptr<float>() + row * width, width);
                     }
                   });
}

void gelu_rows(at::Tensor& x) {
  const std::int64_t width = x.size(1);
  at::parallel_for(0, x.size(0), rows_of(kActivated, width),
                   [&](std::int64_t begin, std::int64_t end) {
                     gelu_row(x.data_ptr<float>() + begin * width, (end - begin) * width);
                   });
}

}  // namespace tandem

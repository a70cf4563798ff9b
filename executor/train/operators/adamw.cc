#include "executor/train/operators/adamw.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "executor/train/vector_math.h"

namespace tandem {
namespace {

/// Numbers that are summed, or updated, by one thread at a time.
constexpr std::int64_t kChunk = 1 << 16;

/// Takes the step by value: behind a reference it might change with every store.
TANDEM_VECTORISED void update(AdamwStep step, float* weights, const float* gradients, float* first,
                              float* second, std::int64_t n) {
  const auto [beta1, beta2, epsilon, rate, decay, factor, correction1, correction2] = step;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float gradient = gradients[i] * factor;
    first[i] = beta1 * first[i] + (1 - beta1) * gradient;
    second[i] = beta2 * second[i] + (1 - beta2) * gradient * gradient;
    const float length = __builtin_sqrtf(second[i] * correction2) + epsilon;
    weights[i] = weights[i] * decay - rate * (first[i] * correction1) / length;
  }
}

TANDEM_VECTORISED double sum_of_squares(const float* numbers, std::int64_t n) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) {
    sum += static_cast<double>(numbers[i]) * static_cast<double>(numbers[i]);
  }
  return sum;
}

}  // namespace

void adamw(const AdamwStep& step, at::Tensor weights, const at::Tensor& gradients, at::Tensor first,
           at::Tensor second) {
  if (!weights.is_cpu()) return on_device::adamw(step, weights, gradients, first, second);
  at::parallel_for(0, weights.numel(), kChunk, [&](std::int64_t begin, std::int64_t end) {
    update(step, weights.data_ptr<float>() + begin, gradients.data_ptr<float>() + begin,
           first.data_ptr<float>() + begin, second.data_ptr<float>() + begin, end - begin);
  });
}

namespace {

double squares_of(const at::Tensor& numbers) {
  const std::int64_t count = numbers.numel();
  std::vector<double> sums(static_cast<std::size_t>((count + kChunk - 1) / kChunk));
  at::parallel_for(0, std::ssize(sums), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      sums[static_cast<std::size_t>(i)] = sum_of_squares(numbers.data_ptr<float>() + i * kChunk,
                                                         std::min(kChunk, count - i * kChunk));
    }
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

double squares(std::span<const at::Tensor> parts) {
  if (!parts.empty() && !parts.front().is_cpu()) return on_device::squares(parts);
  double sum = 0;
  for (const at::Tensor& part : parts) sum += squares_of(part);
  return sum;
}

namespace on_device {

void adamw(const AdamwStep& step, at::Tensor weights, const at::Tensor& gradients, at::Tensor first,
           at::Tensor second) {
  const at::Tensor gradient = gradients.mul(step.gradient_factor);
  first.mul_(step.beta1).add_(gradient, 1 - step.beta1);
  second.mul_(step.beta2).addcmul_(gradient, gradient, 1 - step.beta2);
  const at::Tensor length = second.mul(step.correction2).sqrt_().add_(step.epsilon);
  weights.mul_(step.decay).addcdiv_(first, length, -step.rate * step.correction1);
}

double squares(std::span<const at::Tensor> parts) {
  at::Tensor sum;  // On the device: the host waits for it once.
  for (const at::Tensor& part : parts) {
    const at::Tensor squares = part.square().sum(at::kDouble);
    sum = sum.defined() ? sum.add_(squares) : squares;
  }
  return sum.defined() ? sum.item().toDouble() : 0;
}

}  // namespace on_device

}  // namespace tandem

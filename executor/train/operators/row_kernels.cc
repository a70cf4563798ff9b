#include "executor/train/operators/row_kernels.h"

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <cmath>

#include "executor/train/numbers.h"
#include "executor/train/operators/on_device.h"
#include "executor/train/vector_math.h"

namespace tandem {
namespace {

/// Rows are added up in groups of this many, so that sums do not depend on the number of threads.
constexpr std::int64_t kGroup = 64;

// Numbers that are worth a thread where rows do not depend on each other.
constexpr std::int64_t kNormed = 32'768;
constexpr std::int64_t kGated = 8192;

std::int64_t rows_of(std::int64_t numbers, std::int64_t width) {
  return std::max<std::int64_t>(1, numbers / width);
}

TANDEM_VECTORISED float sum_of_squares(const float* x, std::int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += x[i] * x[i];
  return sum;
}

TANDEM_VECTORISED void scale_row(const float* x, const float* weight, float scale, float* y,
                                 std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = x[i] * scale * weight[i];
}

TANDEM_VECTORISED void rms_row_backward(const float* dy, const float* x, float scale,
                                        const float* weight, float* dx, float* dweight,
                                        std::int64_t n) {
  float along = 0;
#pragma omp simd reduction(+ : along)
  for (std::int64_t i = 0; i < n; ++i) along += dy[i] * weight[i] * x[i];
  const float pull = along * scale * scale * scale / static_cast<float>(n);
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    dx[i] = dy[i] * weight[i] * scale - x[i] * pull;
    dweight[i] += dy[i] * x[i] * scale;
  }
}

TANDEM_VECTORISED void swiglu_row(const float* gate, const float* up, float* y, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) y[i] = gate[i] / (1.0F + exponential(-gate[i])) * up[i];
}

TANDEM_VECTORISED void swiglu_row_backward(const float* dy, const float* gate, const float* up,
                                           float* dgate, float* dup, std::int64_t n) {
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) {
    const float sigmoid = 1.0F / (1.0F + exponential(-gate[i]));
    const float silu = gate[i] * sigmoid;
    dup[i] = dy[i] * silu;
    dgate[i] = dy[i] * up[i] * (sigmoid + silu * (1.0F - sigmoid));
  }
}

}  // namespace

void rms_norm_rows(const at::Tensor& x, const at::Tensor& weight, double epsilon, at::Tensor& y,
                   at::Tensor& scale) {
  if (!x.is_cpu()) return on_device::rms_norm_rows(x, weight, epsilon, y, scale);
  const std::int64_t width = x.size(1);
  const float* const in = x.data_ptr<float>();
  float* const scales = scale.data_ptr<float>();
  at::parallel_for(
      0, x.size(0), rows_of(kNormed, width), [&](std::int64_t begin, std::int64_t end) {
        RowWriter out(y);
        for (std::int64_t row = begin; row < end; ++row) {
          const double mean = static_cast<double>(sum_of_squares(in + row * width, width)) /
                              static_cast<double>(width);
          scales[row] = static_cast<float>(1 / std::sqrt(mean + epsilon));
          scale_row(in + row * width, weight.data_ptr<float>(), scales[row], out.row(row), width);
          out.finish();
        }
      });
}

void rms_norm_rows_backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& scale,
                            const at::Tensor& weight, at::Tensor& dx, at::Tensor& dweight) {
  if (!x.is_cpu()) {
    return on_device::rms_norm_rows_backward(dy, x, scale, weight, dx, dweight);
  }
  const std::int64_t rows = x.size(0);
  const std::int64_t width = x.size(1);
  const std::int64_t groups = (rows + kGroup - 1) / kGroup;
  at::Tensor sums = at::zeros({groups, width}, x.options());
  at::parallel_for(0, groups, 1, [&](std::int64_t begin, std::int64_t end) {
    RowReader in(dy);
    for (std::int64_t row = begin * kGroup; row < std::min(rows, end * kGroup); ++row) {
      rms_row_backward(in.row(row), x.data_ptr<float>() + row * width, scale.data_ptr<float>()[row],
                       weight.data_ptr<float>(), dx.data_ptr<float>() + row * width,
                       sums.data_ptr<float>() + row / kGroup * width, width);
    }
  });
  dweight.add_(sums.sum(0));
}

void swiglu_rows(const at::Tensor& x, at::Tensor& y) {
  if (!x.is_cpu()) return on_device::swiglu_rows(x, y);
  const std::int64_t width = y.size(1);
  at::parallel_for(0, x.size(0), rows_of(kGated, width), [&](std::int64_t begin, std::int64_t end) {
    RowReader in(x);
    RowWriter out(y);
    for (std::int64_t row = begin; row < end; ++row) {
      const float* const gate = in.row(row);
      swiglu_row(gate, gate + width, out.row(row), width);
      out.finish();
    }
  });
}

void swiglu_rows_backward(const at::Tensor& dy, const at::Tensor& x, at::Tensor& dx) {
  if (!x.is_cpu()) return on_device::swiglu_rows_backward(dy, x, dx);
  const std::int64_t width = dy.size(1);
  at::parallel_for(0, x.size(0), kGroup, [&](std::int64_t begin, std::int64_t end) {
    RowReader in(x);
    RowReader from(dy);
    RowWriter out(dx);
    for (std::int64_t row = begin; row < end; ++row) {
      const float* const gate = in.row(row);
      float* const dgate = out.row(row);
      swiglu_row_backward(from.row(row), gate, gate + width, dgate, dgate + width, width);
      out.finish();
    }
  });
}

}  // namespace tandem

// Small matrix products of f32 on processors: LibTorch's own BLAS, called without its dispatcher,
// which would cost as much as the products of one attention head.
#pragma once

#include <cstdint>

namespace tandem {

/// Row by row; `stride` numbers from one row to the next.
struct Matrix {
  const float* numbers;
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t stride;
};

/// out = factor * a b
void multiply(const Matrix& a, const Matrix& b, float* out, std::int64_t stride, float factor = 1);
/// out = factor * a b^T
void multiply_transposed(const Matrix& a, const Matrix& b, float* out, std::int64_t stride,
                         float factor = 1);
/// out += factor * a^T b
void add_transposed_product(const Matrix& a, const Matrix& b, float* out, std::int64_t stride,
                            float factor = 1);

}  // namespace tandem

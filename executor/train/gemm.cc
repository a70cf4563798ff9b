#include "executor/train/gemm.h"

// Of BLAS (Lawson et al. 1979, Dongarra et al. 1990), column by column.
extern "C" void sgemm_(const char* transpose_a, const char* transpose_b, const int* m, const int* n,
                       const int* k, const float* alpha, const float* a, const int* lda,
                       const float* b, const int* ldb, const float* beta, float* c, const int* ldc);

namespace tandem {
namespace {

/// Rows read as columns are the transposed matrix, and (a b)^T = b^T a^T: the operands change
/// places.
void gemm(char transpose_a, char transpose_b, std::int64_t rows, std::int64_t columns,
          std::int64_t inner, float factor, const Matrix& a, const Matrix& b, float keep,
          float* out, std::int64_t stride) {
  const int m = static_cast<int>(columns);
  const int n = static_cast<int>(rows);
  const int k = static_cast<int>(inner);
  const int lda = static_cast<int>(a.stride);
  const int ldb = static_cast<int>(b.stride);
  const int ldc = static_cast<int>(stride);
  sgemm_(&transpose_b, &transpose_a, &m, &n, &k, &factor, b.numbers, &ldb, a.numbers, &lda, &keep,
         out, &ldc);
}

}  // namespace

void multiply(const Matrix& a, const Matrix& b, float* out, std::int64_t stride, float factor) {
  gemm('N', 'N', a.rows, b.columns, a.columns, factor, a, b, 0, out, stride);
}

void multiply_transposed(const Matrix& a, const Matrix& b, float* out, std::int64_t stride,
                         float factor) {
  gemm('N', 'T', a.rows, b.rows, a.columns, factor, a, b, 0, out, stride);
}

void add_transposed_product(const Matrix& a, const Matrix& b, float* out, std::int64_t stride,
                            float factor) {
  gemm('T', 'N', a.columns, b.columns, a.rows, factor, a, b, 1, out, stride);
}

}  // namespace tandem

#include "executor/train/row_loops.h"

#include <algorithm>
#include <cmath>

#include "executor/train/vector_math.h"

namespace tandem {

TANDEM_VECTORISED void rotate_row(float* x, const float* cosines, const float* sines, float turn,
                                  std::int64_t half) {
#pragma omp simd
  for (std::int64_t i = 0; i < half; ++i) {
    const float first = x[i] * cosines[i] - x[i + half] * sines[i] * turn;
    const float second = x[i + half] * cosines[i] + x[i] * sines[i] * turn;
    x[i] = first;
    x[i + half] = second;
  }
}

TANDEM_VECTORISED float softmax_row(float* scores, std::int64_t n) {
  float largest = scores[0];
#pragma omp simd reduction(max : largest)
  for (std::int64_t i = 0; i < n; ++i) largest = std::max(largest, scores[i]);
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) {
    scores[i] = exponential(scores[i] - largest);
    sum += scores[i];
  }
  const float share = 1.0F / sum;
#pragma omp simd
  for (std::int64_t i = 0; i < n; ++i) scores[i] *= share;
  return largest + std::log(sum);
}

}  // namespace tandem

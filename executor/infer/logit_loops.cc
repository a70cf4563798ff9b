#include "executor/infer/logit_loops.h"

#include <algorithm>
#include <limits>

#include "executor/train/vector_math.h"

namespace tandem {
namespace {

constexpr float kNothing = -std::numeric_limits<float>::infinity();

TANDEM_VECTORISED float largest_of(const float* row, std::size_t n) {
  float most = kNothing;
#pragma omp simd reduction(max : most)
  for (std::size_t i = 0; i < n; ++i) most = row[i] > most ? row[i] : most;
  return most;
}

TANDEM_VECTORISED void raise_to(const float* row, float* most, std::size_t n) {
#pragma omp simd
  for (std::size_t i = 0; i < n; ++i) most[i] = row[i] > most[i] ? row[i] : most[i];
}

TANDEM_VECTORISED bool any_equal(const float* row, std::size_t n, float number) {
  int found = 0;
#pragma omp simd reduction(| : found)
  for (std::size_t i = 0; i < n; ++i) found |= row[i] == number ? 1 : 0;
  return found != 0;
}

TANDEM_VECTORISED float exponentials_of(const float* row, std::size_t n, float most, float factor,
                                        float* weights) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < n; ++i) {
    weights[i] = exponential((row[i] - most) * factor);
    sum += weights[i];
  }
  return sum;
}

}  // namespace

float largest(std::span<const float> row) { return largest_of(row.data(), row.size()); }

void largest_of_runs(std::span<const float> row, std::span<float> maxima) {
  std::ranges::fill(maxima, kNothing);
  for (std::size_t first = 0; first < row.size(); first += maxima.size()) {
    raise_to(row.data() + first, maxima.data(), std::min(maxima.size(), row.size() - first));
  }
}

std::int64_t place_of(std::span<const float> row, float number) {
  constexpr std::size_t kStride = 512;
  std::size_t first = 0;
  while (!any_equal(row.data() + first, std::min(kStride, row.size() - first), number)) {
    first += kStride;
  }
  return std::ranges::find(row.subspan(first), number) - row.begin();
}

double exponentials(std::span<const float> row, float most, float factor, std::span<float> weights,
                    std::span<double> sums) {
  double all = 0;
  for (std::size_t run = 0; run * kSumRun < row.size(); ++run) {
    const std::size_t first = run * kSumRun;
    sums[run] = static_cast<double>(exponentials_of(row.data() + first,
                                                    std::min(kSumRun, row.size() - first), most,
                                                    factor, weights.data() + first));
    all += sums[run];
  }
  return all;
}

}  // namespace tandem

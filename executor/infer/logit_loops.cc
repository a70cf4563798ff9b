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

TANDEM_VECTORISED float weight_from_of(const float* row, const float* weights, std::size_t n,
                                       float floor) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < n; ++i) sum += row[i] >= floor ? weights[i] : 0.0F;
  return sum;
}

/// Those whose logit is below `floor` lose their weight, those that equal it from `ties` on.
TANDEM_VECTORISED float cut_of(const float* row, float* weights, std::size_t n, float floor,
                               std::size_t ties) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::size_t i = 0; i < n; ++i) {
    const bool stays = (row[i] > floor) | ((row[i] == floor) & (i < ties));
    weights[i] = stays ? weights[i] : 0.0F;
    sum += weights[i];
  }
  return sum;
}

/// The sum of `sum_run(first, count)` over all runs of a row.
template <class SumRun>
double sum_of_runs(std::size_t n, SumRun sum_run) {
  double all = 0;
  for (std::size_t first = 0; first < n; first += kSumRun) {
    all += sum_run(first, std::min(kSumRun, n - first));
  }
  return all;
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
  return sum_of_runs(row.size(), [&](std::size_t first, std::size_t n) {
    const float sum = exponentials_of(&row[first], n, most, factor, &weights[first]);
    return sums[first / kSumRun] = static_cast<double>(sum);
  });
}

double weight_from(std::span<const float> row, std::span<const float> weights, float floor) {
  return sum_of_runs(row.size(), [&](std::size_t first, std::size_t n) {
    return static_cast<double>(weight_from_of(&row[first], &weights[first], n, floor));
  });
}

double cut_behind(std::span<const float> row, std::size_t token, std::span<float> weights,
                  std::span<double> sums) {
  return sum_of_runs(row.size(), [&](std::size_t first, std::size_t n) {
    const std::size_t ties = token < first ? 0 : token - first + 1;
    const float sum = cut_of(&row[first], &weights[first], n, row[token], ties);
    return sums[first / kSumRun] = static_cast<double>(sum);
  });
}

}  // namespace tandem

#include "executor/infer/weighted_rows.h"

#include "executor/infer/lanes.h"
#include "executor/train/vector_math.h"

namespace tandem {
namespace {

/// Sums that grow by turns: the next does not wait for the last.
constexpr std::int64_t kTurns = 4;

template <class Number>
[[gnu::always_inline]] inline void sum_lanes(const float* weights, const Number* rows,
                                             std::int64_t count, std::int64_t width, Sum sum,
                                             float* out) {
  Lanes sums[kTurns] = {};
  std::int64_t i = 0;
  for (; i + kTurns <= count; i += kTurns) {
#pragma GCC unroll 4
    for (std::int64_t turn = 0; turn < kTurns; ++turn) {
      Lanes row;
      load(rows + (i + turn) * width, row);
      sums[turn] += weights[i + turn] * row;
    }
  }
  for (; i < count; ++i) {
    Lanes row;
    load(rows + i * width, row);
    sums[0] += weights[i] * row;
  }
  Lanes all = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  if (sum == Sum::kGoesOn) {
    Lanes before;
    load(out, before);
    all += before;
  }
  store(all, out);
}

template <class Number>
[[gnu::always_inline]] inline void sum_all(const float* weights, const Number* rows,
                                           std::int64_t count, std::int64_t width, Sum sum,
                                           float* out) {
  std::int64_t column = 0;
  for (; column + kLanes <= width; column += kLanes) {
    sum_lanes(weights, rows + column, count, width, sum, out + column);
  }
  for (; column < width; ++column) {
    float all = sum == Sum::kGoesOn ? out[column] : 0;
    for (std::int64_t i = 0; i < count; ++i) {
      all += weights[i] * static_cast<float>(rows[i * width + column]);
    }
    out[column] = all;
  }
}

}  // namespace

TANDEM_VECTORISED void weighted_rows(const float* weights, const float* rows, std::int64_t count,
                                     std::int64_t width, Sum sum, float* out) {
  sum_all(weights, rows, count, width, sum, out);
}

TANDEM_VECTORISED void weighted_rows(const float* weights, const at::BFloat16* rows,
                                     std::int64_t count, std::int64_t width, Sum sum, float* out) {
  sum_all(weights, rows, count, width, sum, out);
}

}  // namespace tandem

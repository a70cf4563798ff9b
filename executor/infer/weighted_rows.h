// The one loop of attention over blocks: scores are keys weighted by a query's numbers, results
// values weighted by scores.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace tandem {

enum class Sum : std::uint8_t { kFromZero, kGoesOn };

/// out[j] = sum of weights[i] * rows[i * width + j] over i < count, for each j < width; kGoesOn: on
/// top of what is there. Sums are f32, in an order that follows from `count` alone.
void weighted_rows(const float* weights, const float* rows, std::int64_t count, std::int64_t width,
                   Sum sum, float* out);
void weighted_rows(const float* weights, const at::BFloat16* rows, std::int64_t count,
                   std::int64_t width, Sum sum, float* out);

}  // namespace tandem

// Passes over the logits of a whole vocabulary, in the widest vectors the machine has.
#pragma once

#include <cstdint>
#include <span>

namespace tandem {

/// Passed over: what is no number. Minus infinity if nothing is left.
float largest(std::span<const float> row);
/// Of so many interleaved runs (j, j + n, j + 2n …, n = maxima.size()) the largest each.
void largest_of_runs(std::span<const float> row, std::span<float> maxima);
/// The place of the first that equals `number`; there must be one.
std::int64_t place_of(std::span<const float> row, float number);

/// Sums of weights are kept for so many at a time.
inline constexpr std::size_t kSumRun = 1024;
/// weights[i] = exp((row[i] - most) * factor), and the sum of each kSumRun of them. Returns the sum
/// of all.
double exponentials(std::span<const float> row, float most, float factor, std::span<float> weights,
                    std::span<double> sums);

}  // namespace tandem

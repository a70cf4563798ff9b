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

/// Of those whose logit is at least `floor`.
double weight_from(std::span<const float> row, std::span<const float> weights, float floor);
/// Takes the weight of all that are less likely than `token`, of equally likely ones of those
/// behind it; sums are counted again. Returns the sum of all.
double cut_behind(std::span<const float> row, std::size_t token, std::span<float> weights,
                  std::span<double> sums);

}  // namespace tandem

// Loops over one row of numbers that training and serving have in common.
#pragma once

#include <cstdint>

namespace tandem {

/// Turns the pairs (i, i + half) of x by their angles; `turn` -1 undoes it.
void rotate_row(float* x, const float* cosines, const float* sines, float turn, std::int64_t half);
/// Turns scores into probabilities; returns the logarithm of the sum of their exponentials.
float softmax_row(float* scores, std::int64_t n);

}  // namespace tandem

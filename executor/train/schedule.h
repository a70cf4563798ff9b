// How fast a job learns at each of its steps.
#pragma once

#include <cstdint>

#include "workloads/recipe.h"

namespace tandem {

/// The rate of step `step` (1 is the first) of `steps`: a straight line to the peak in the warm-up,
/// then half a cosine (Loshchilov & Hutter 2017) to the final rate, which the last step has.
double learning_rate(const Recipe& recipe, std::int64_t step, std::int64_t steps);

}  // namespace tandem

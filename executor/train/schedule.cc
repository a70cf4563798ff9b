#include "executor/train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace tandem {

double learning_rate(const Recipe& recipe, std::int64_t step, std::int64_t steps) {
  const double peak = recipe.learning_rate;
  if (step < recipe.warmup) {
    return peak * static_cast<double>(step) / static_cast<double>(recipe.warmup);
  }
  const auto length = static_cast<double>(std::max<std::int64_t>(1, steps - recipe.warmup));
  const double progress = std::min(1.0, static_cast<double>(step - recipe.warmup) / length);
  const double share = (1 + std::cos(std::numbers::pi * progress)) / 2;
  return recipe.final_learning_rate + (peak - recipe.final_learning_rate) * share;
}

}  // namespace tandem

#include "executor/spec/family.h"

namespace tandem {

std::optional<Family> family_of(const Architecture& model) {
  if (model.is_mixture() || model.qk_norm) return std::nullopt;
  const bool gpt2 = model.norm == Norm::kLayer && model.positions > 0 && !model.gated &&
                    model.biases == Biases::kAll && model.kv_heads == model.heads;
  if (gpt2) return Family::kGpt2;
  const bool llama = model.norm == Norm::kRms && model.positions == 0 && model.gated &&
                     model.biases != Biases::kAll && model.head_size % 2 == 0;
  if (llama) return Family::kLlama;
  return std::nullopt;
}

}  // namespace tandem

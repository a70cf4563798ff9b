// The tokens of a step, chosen from logits that lie in a processor's memory, by several threads.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "executor/infer/sampler.h"
#include "executor/serve/language_model.h"

namespace tandem {

/// Used by one thread at a time, which has as many OpenMP threads.
class TokenChooser {
 public:
  /// As Sampler.
  TokenChooser(std::int64_t vocabulary, std::optional<TokenId> end, int threads);

  /// One for each row of `logits`, [parts, vocabulary] in f32, which may be changed.
  std::vector<GivenToken> choose(std::span<const StepPart* const> parts, const at::Tensor& logits);

 private:
  std::vector<Sampler> samplers_;  ///< Of each thread.
};

/// The parts that want a token.
std::vector<const StepPart*> asking(std::span<const StepPart> parts);

}  // namespace tandem

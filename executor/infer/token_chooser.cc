#include "executor/infer/token_chooser.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace tandem {

TokenChooser::TokenChooser(std::int64_t vocabulary, std::optional<TokenId> end, int threads)
    : samplers_(static_cast<std::size_t>(threads), Sampler(vocabulary, end)) {}

std::vector<GivenToken> TokenChooser::choose(std::span<const StepPart* const> parts,
                                             const at::Tensor& logits) {
  if (parts.empty()) return {};
  std::vector<GivenToken> chosen(parts.size());
  const auto count = static_cast<std::int64_t>(parts.size());
  const auto threads = static_cast<std::int64_t>(samplers_.size());
  const std::int64_t width = logits.size(1);
  at::parallel_for(0, std::min(threads, count), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t thread = begin; thread < end; ++thread) {
      Sampler& sampler = samplers_[static_cast<std::size_t>(thread)];
      for (std::int64_t i = thread; i < count; i += threads) {
        const StepPart& part = *parts[static_cast<std::size_t>(i)];
        const std::span row(logits.data_ptr<float>() + i * width, static_cast<std::size_t>(width));
        chosen[static_cast<std::size_t>(i)] = sampler.choose(row, *part.sampling, part.generated);
      }
    }
  });
  return chosen;
}

std::vector<const StepPart*> asking(std::span<const StepPart> parts) {
  std::vector<const StepPart*> all;
  for (const StepPart& part : parts) {
    if (part.sampling != nullptr) all.push_back(&part);
  }
  return all;
}

}  // namespace tandem

#include "executor/infer/step_rows.h"

#include <algorithm>

#include "policies/core/check.h"

namespace tandem {

void StepRows::set(std::span<const StepPart> parts, std::int64_t block_tokens, std::int64_t room) {
  requests.clear();
  tokens.clear();
  positions.clear();
  blocks.clear();
  offsets.clear();
  wanted.clear();
  for (const StepPart& part : parts) {
    const auto size = static_cast<std::int64_t>(part.tokens.size());
    const std::int64_t end = part.computed + size;
    const auto held = static_cast<std::int64_t>(part.blocks.size());
    CHECK(size > 0 && end <= held * block_tokens, "{} tokens in {} blocks", end, held);
    CHECK(std::ranges::max(part.blocks) < room, "a block behind the last of {}", room);
    requests.push_back({count(), size, part.computed, part.blocks});
    tokens.insert(tokens.end(), part.tokens.begin(), part.tokens.end());
    for (std::int64_t position = part.computed; position < end; ++position) {
      positions.push_back(position);
      blocks.push_back(part.blocks[static_cast<std::size_t>(position / block_tokens)]);
      offsets.push_back(position % block_tokens);
    }
    if (part.sampling != nullptr) wanted.push_back(count() - 1);
  }
}

}  // namespace tandem

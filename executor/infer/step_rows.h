// The tokens of one step as rows of one matrix: which request has which rows, where in its text
// each stands, and where in the cache its keys and values go.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/serve/language_model.h"

namespace tandem {

struct RequestRows {
  std::int64_t first = 0;  ///< Row.
  std::int64_t count = 0;
  std::int64_t computed = 0;  ///< Tokens before the first.
  std::span<const BlockNumber> blocks;
};

/// Keeps its memory from step to step.
struct StepRows {
  std::vector<RequestRows> requests;
  // Of each row.
  std::vector<TokenId> tokens;
  std::vector<std::int64_t> positions;
  std::vector<BlockNumber> blocks;
  std::vector<std::int64_t> offsets;  ///< In the block.
  /// The rows behind which a token is wanted, in the order of the parts.
  std::vector<std::int64_t> wanted;

  std::int64_t count() const { return static_cast<std::int64_t>(tokens.size()); }
  /// `room` is how many blocks there are.
  void set(std::span<const StepPart> parts, std::int64_t block_tokens, std::int64_t room);
};

}  // namespace tandem

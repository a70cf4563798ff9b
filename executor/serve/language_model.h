// A model that serves, as an engine's driver sees it: it computes the tokens of a batch, and its
// keys and values lie in numbered blocks, about which it knows nothing more. A transformer on
// LibTorch, or in tests some arithmetic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "executor/serve/generation.h"
#include "policies/batch/block_numbers.h"

namespace tandem {

/// What is computed of one request in one step.
struct StepPart {
  std::span<const TokenId> tokens;      ///< At the positions from `computed` on.
  std::uint32_t computed = 0;           ///< Tokens before them, whose keys and values are there.
  std::span<const BlockNumber> blocks;  ///< The request's, in order; enough for all its tokens.
  /// How the token behind the last is chosen; null: none is wanted.
  const Sampling* sampling = nullptr;
  std::uint32_t generated =
      0;  ///< Tokens of the answer so far, the one that is chosen not counted.
};

class LanguageModel {
 public:
  virtual ~LanguageModel() = default;

  virtual std::uint32_t block_tokens() const = 0;
  virtual std::int64_t blocks() const = 0;
  virtual std::int64_t context() const = 0;
  virtual std::int64_t vocabulary() const = 0;

  /// A token for each part that wants one, in their order. A part may look at blocks that another
  /// part of the same step fills. No token depends on what else is in the step.
  virtual std::vector<GivenToken> compute(std::span<const StepPart> parts) = 0;

  /// Copies of keys and values on the host, for requests that give way.
  virtual std::vector<std::byte> copy_out(std::span<const BlockNumber> blocks) = 0;
  virtual void copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks) = 0;
};

}  // namespace tandem

// What a serving engine computes in its next iteration, as its policy has planned it.
#pragma once

#include <cstdint>
#include <vector>

#include "policies/batch/block_numbers.h"
#include "policies/batch/sequence.h"

namespace tandem {

/// Tokens of one request that are computed together, beyond one for each that decodes.
struct Chunk {
  SequenceId sequence;
  std::uint32_t computed = 0;  ///< Before.
  std::uint32_t tokens = 0;
  bool completes = false;  ///< Nothing known is left: the step gives it a new token.
  bool admits = false;     ///< The request has waited until now.
  /// What is computed before was kept outside the cache: it is copied into the request's first
  /// blocks before the step.
  bool restores = false;
};

/// A request that has given its blocks back and waits again.
struct Eviction {
  SequenceId sequence;
  bool kept = false;  ///< What it had computed is copied out of the cache before the step,
  std::vector<BlockNumber> blocks = {};  ///< from these blocks, if they are numbered.
};

struct Batch {
  std::vector<Chunk> chunks;
  std::int64_t decodes = 0;         ///< All requests that decode, or none.
  std::int64_t decode_context = 0;  ///< Tokens they look back at, themselves included.
  std::vector<Eviction> evicted;
  std::int64_t blocks_out = 0;  ///< Copied out of the cache before the step,
  std::int64_t blocks_in = 0;   ///< and then into it.
  /// How often this very batch may be computed, every context growing by one each time, unless
  /// somebody comes or ends meanwhile.
  std::int64_t repeats = 1;

  bool empty() const { return chunks.empty() && decodes == 0; }
};

}  // namespace tandem

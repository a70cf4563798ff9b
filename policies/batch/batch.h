// What a serving engine computes in its next iteration, as its policy has planned it.
#pragma once

#include <cstdint>
#include <vector>

#include "policies/batch/sequence.h"

namespace tandem {

/// Tokens of one request that are computed together, beyond one for each that decodes.
struct Chunk {
  SequenceId sequence;
  std::uint32_t computed = 0;  ///< Before.
  std::uint32_t tokens = 0;
  bool completes = false;  ///< Nothing known is left: the step gives it a new token.
};

struct Batch {
  std::vector<Chunk> chunks;
  std::int64_t decodes = 0;         ///< All requests that decode, or none.
  std::int64_t decode_context = 0;  ///< Tokens they look back at, themselves included.
  std::vector<SequenceId> evicted;  ///< Their blocks are gone, or kept elsewhere.
  std::int64_t blocks_out = 0;      ///< Copied out of the cache before the step,
  std::int64_t blocks_in = 0;       ///< and back into it.
  /// How often this very batch may be computed, every context growing by one each time, unless
  /// somebody comes or ends meanwhile.
  std::int64_t repeats = 1;

  bool empty() const { return chunks.empty() && decodes == 0; }
};

}  // namespace tandem

// The settings of an engine by the names that they have in its journal. Private to its writer and
// reader.
#pragma once

#include <cstdint>

#include "policies/batch/engine.h"

namespace tandem {

/// Calls `visit(name, setting, least, most)` for each.
template <class Settings, class Visit>
void for_settings(Settings& settings, Visit visit) {
  constexpr std::int64_t kMost = std::int64_t{1} << 31;
  visit("blocks", settings.kv_blocks, 1, kMost);
  visit("block-tokens", settings.block_tokens, 1, 1 << 16);
  visit("batch-tokens", settings.batch_tokens, 1, kMost);
  visit("max-sequences", settings.max_sequences, 1, kMost);
  visit("watermark-blocks", settings.watermark_blocks, 0, kMost);
  visit("chunked-prefill", settings.chunked_prefill, 0, 1);
  visit("prefix-caching", settings.prefix_caching, 0, 1);
  visit("hash-tokens", settings.hash_tokens, 0, kMost);
  visit("swap-blocks", settings.swap_blocks, 0, kMost);
}

}  // namespace tandem

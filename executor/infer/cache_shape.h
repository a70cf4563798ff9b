// How large keys and values are, and so how many blocks of them some memory holds. No LibTorch
// here: who places replicas asks, too.
#pragma once

#include <cstdint>

#include "workloads/catalog/architecture.h"
#include "workloads/perf/layout.h"

namespace tandem {

/// Keys and values of a model in blocks of tokens, every layer of it.
struct CacheShape {
  std::int64_t layers = 0;
  std::int64_t kv_heads = 0;
  std::int64_t head_size = 0;
  std::int64_t block_tokens = 16;
  std::int64_t number_bytes = 4;

  /// Keys, or values, of one head.
  std::int64_t head_numbers() const { return head_size * block_tokens; }
  std::int64_t head_bytes() const { return head_numbers() * number_bytes; }
  /// Keys and values of all heads in one layer.
  std::int64_t layer_numbers() const { return 2 * kv_heads * head_numbers(); }
  std::int64_t block_bytes() const { return layers * layer_numbers() * number_bytes; }
  /// Whole blocks in `bytes`.
  std::int64_t blocks_in(std::int64_t bytes) const { return bytes / block_bytes(); }
};

/// `precision` is kFp32 or kBf16.
CacheShape cache_shape(const Architecture& model, Precision precision, std::int64_t block_tokens);

}  // namespace tandem

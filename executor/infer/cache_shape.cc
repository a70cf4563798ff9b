#include "executor/infer/cache_shape.h"

namespace tandem {

CacheShape cache_shape(const Architecture& model, Precision precision, std::int64_t block_tokens) {
  return {.layers = model.layers,
          .kv_heads = model.kv_heads,
          .head_size = model.head_size,
          .block_tokens = block_tokens,
          .number_bytes = precision == Precision::kBf16 ? 2 : 4};
}

}  // namespace tandem

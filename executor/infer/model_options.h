// How a model is served, whatever device it computes on, and what can be wrong with that. No
// LibTorch in this header.
#pragma once

#include <cstdint>
#include <optional>

#include "executor/infer/cache_shape.h"
#include "executor/serve/language_model.h"
#include "workloads/catalog/architecture.h"
#include "workloads/perf/layout.h"

namespace tandem {

struct PagedModelOptions {
  /// Of weights, keys and values: kFp32 or kBf16. Sums are f32 in both.
  Precision precision = Precision::kFp32;
  std::int64_t block_tokens = 16;
  std::int64_t memory_bytes = 0;       ///< For keys and values; whole blocks of it are used.
  std::optional<TokenId> end_of_text;  ///< Nothing: no token ends an answer.
  int threads = 1;                     ///< On a device other than a processor: that choose tokens.
};

/// Returns `options`. Throws InputError for a precision that is not computed, or an end of text
/// that the model does not know.
const PagedModelOptions& checked(const Architecture& model, const PagedModelOptions& options);

CacheShape cache_shape(const Architecture& model, const PagedModelOptions& options);
/// Throws InputError if `memory_bytes` hold none.
std::int64_t blocks_for(const Architecture& model, const PagedModelOptions& options);

}  // namespace tandem

#include "executor/infer/model_options.h"

#include <fmt/format.h>

#include "policies/core/check.h"
#include "policies/core/error.h"

namespace tandem {

const PagedModelOptions& checked(const Architecture& model, const PagedModelOptions& options) {
  CHECK(options.block_tokens > 0 && options.threads > 0, "blocks of {} tokens, {} threads",
        options.block_tokens, options.threads);
  if (options.precision != Precision::kFp32 && options.precision != Precision::kBf16) {
    throw InputError("precision: fp32 and bf16 are served");
  }
  if (options.end_of_text.value_or(0) >= model.vocabulary) {
    throw InputError(fmt::format("{}: the text ends with token {}, the vocabulary has {}",
                                 model.name, *options.end_of_text, model.vocabulary));
  }
  return options;
}

CacheShape cache_shape(const Architecture& model, const PagedModelOptions& options) {
  return cache_shape(model, options.precision, options.block_tokens);
}

std::int64_t blocks_for(const Architecture& model, const PagedModelOptions& options) {
  const CacheShape shape = cache_shape(model, options);
  const std::int64_t blocks = shape.blocks_in(options.memory_bytes);
  if (blocks < 1) {
    throw InputError(
        fmt::format("{}: {} bytes hold no keys and values: a block of {} tokens has {}", model.name,
                    options.memory_bytes, options.block_tokens, shape.block_bytes()));
  }
  return blocks;
}

}  // namespace tandem

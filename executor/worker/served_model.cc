#include "executor/worker/served_model.h"

#include <fmt/format.h>

#include "executor/infer/cache_shape.h"
#include "executor/infer/gpu_model.h"
#include "executor/infer/paged_model.h"
#include "executor/infer/weights.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

/// What decides on blocks, steps and tokens; titles and sources may differ.
bool is_same(const Architecture& a, const Architecture& b) {
  return a.layers == b.layers && a.hidden == b.hidden && a.heads == b.heads &&
         a.kv_heads == b.kv_heads && a.head_size == b.head_size && a.ffn == b.ffn &&
         a.vocabulary == b.vocabulary && a.gated == b.gated && a.tied == b.tied &&
         a.biases == b.biases && a.norm == b.norm;
}

}  // namespace

std::unique_ptr<LanguageModel> served_model(const ServingSpec& spec, const std::string& device,
                                            int threads) {
  const Deployment& deployment = spec.deployment;
  const CacheShape shape = cache_shape(spec.model, deployment.precision, spec.engine.block_tokens);
  PagedModelOptions options;
  options.precision = deployment.precision;
  options.block_tokens = spec.engine.block_tokens;
  options.memory_bytes = spec.engine.kv_blocks * shape.block_bytes();
  // Until `min_tokens` the first of them cannot be chosen; the engine passes the others by.
  if (!spec.end_tokens.empty()) options.end_of_text = spec.end_tokens.front();
  options.threads = threads;
  const auto weights = deployment.weights.empty() ? drawn_weights(spec.model, deployment.seed)
                                                  : weights_in(deployment.weights);
  if (!is_same(weights->model(), spec.model)) {
    throw InputError(
        {deployment.weights.string(), 0, 0},
        fmt::format("the weights are those of another model than {}", spec.model.name));
  }
  if (device == "cpu") return std::make_unique<PagedModel>(*weights, options);
  return make_gpu_model(*weights, options, device);
}

}  // namespace tandem

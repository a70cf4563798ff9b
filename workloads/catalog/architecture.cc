// Counts parameters and operations. Vaswani et al. 2017 with the variations of the field; the tests
// hold the counts against those of published checkpoints.
#include "workloads/catalog/architecture.h"

namespace tandem {
namespace {

std::int64_t norm_parameters(const Architecture& model) {
  return model.norm == Norm::kLayer ? 2 * model.hidden : model.hidden;
}

std::int64_t matrices(const Architecture& model) { return model.gated ? 3 : 2; }

std::int64_t router_parameters(const Architecture& model) {
  return model.is_mixture() ? model.hidden * model.experts : 0;
}

std::int64_t shared_parameters(const Architecture& model) {
  return matrices(model) * model.hidden * model.shared_ffn + (model.shared_gate ? model.hidden : 0);
}

/// What the matrices multiply a token with: no embeddings, norms or biases.
std::int64_t multiplied(const Architecture& model) {
  const std::int64_t attention = model.hidden * (2 * model.query_width() + 2 * model.kv_width());
  const std::int64_t experts = model.is_mixture() ? model.active_experts : 1;
  const std::int64_t block = experts * matrices(model) * model.hidden * model.ffn +
                             shared_parameters(model) + router_parameters(model);
  return model.layers * (attention + block) + model.hidden * model.vocabulary;
}

}  // namespace

std::int64_t attention_parameters(const Architecture& model) {
  const std::int64_t qkv = model.query_width() + 2 * model.kv_width();
  std::int64_t count = model.hidden * qkv + model.query_width() * model.hidden;
  if (model.biases != Biases::kNone) count += qkv;
  if (model.biases == Biases::kAll) count += model.hidden;
  if (model.qk_norm) count += 2 * model.head_size;
  return count + norm_parameters(model);
}

std::int64_t expert_parameters(const Architecture& model) {
  const std::int64_t biases =
      model.biases == Biases::kAll ? (matrices(model) - 1) * model.ffn + model.hidden : 0;
  return matrices(model) * model.hidden * model.ffn + biases;
}

std::int64_t layer_parameters(const Architecture& model) {
  const std::int64_t experts = model.is_mixture() ? model.experts : 1;
  return attention_parameters(model) + experts * expert_parameters(model) +
         shared_parameters(model) + router_parameters(model) + norm_parameters(model);
}

std::int64_t embedding_parameters(const Architecture& model) {
  return (model.vocabulary + model.positions) * model.hidden;
}

std::int64_t parameters(const Architecture& model) {
  const std::int64_t output = model.tied ? 0 : model.vocabulary * model.hidden;
  return embedding_parameters(model) + output + model.layers * layer_parameters(model) +
         norm_parameters(model);
}

std::int64_t active_parameters(const Architecture& model) {
  const std::int64_t idle = model.is_mixture() ? model.experts - model.active_experts : 0;
  return parameters(model) - model.layers * idle * expert_parameters(model);
}

double forward_flops_per_token(const Architecture& model, std::int64_t sequence) {
  return 2.0 * static_cast<double>(multiplied(model)) +
         4.0 * static_cast<double>(model.layers * model.query_width()) *
             static_cast<double>(sequence);
}

double training_flops_per_token(const Architecture& model, std::int64_t sequence) {
  return 3 * forward_flops_per_token(model, sequence);
}

std::int64_t kv_cache_bytes_per_token(const Architecture& model) {
  return 2 * model.layers * model.kv_width() * 2;
}

}  // namespace tandem

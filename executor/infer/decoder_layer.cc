#include "executor/infer/decoder_layer.h"

#include "executor/infer/row_operators.h"
#include "executor/spec/family.h"
#include "executor/train/operators/row_kernels.h"

namespace tandem {

void NormWeights::apply(const Architecture& model, const at::Tensor& stream, at::Tensor& scales,
                        at::Tensor& normed) const {
  if (model.norm == Norm::kLayer) {
    layer_norm_rows(stream, weight, bias, model.norm_epsilon, normed);
  } else {
    rms_norm_rows(stream, weight, model.norm_epsilon, normed, scales);
  }
}

DecoderLayer::DecoderLayer(const WeightReader& weights, std::int64_t layer, at::ScalarType type)
    : layer_(layer) {
  const LayerNames names = layer_names(weights.model(), layer);
  const bool gpt2 = family_of(weights.model()) == Family::kGpt2;
  // GPT-2's matrices are inputs by outputs, and those of several are one in its checkpoints
  // already.
  const auto read = [&](const std::string& name, const std::string& bias, std::size_t count) {
    const std::size_t parts = gpt2 ? 1 : count;
    const at::Tensor matrix = weights.joined(name, parts);
    return Weights{PackedMatrix(gpt2 ? matrix.t() : matrix, type), weights.vector(bias, parts)};
  };
  attention_norm_ = {weights.vector(names.attention_norm),
                     weights.vector(names.attention_norm_bias)};
  qkv_ = read(names.qkv, names.qkv_bias, 3);
  projection_ = read(names.projection, names.projection_bias, 1);
  ffn_norm_ = {weights.vector(names.ffn_norm), weights.vector(names.ffn_norm_bias)};
  up_ = read(names.up, names.up_bias, 2);
  down_ = read(names.down, names.down_bias, 1);
}

void DecoderLayer::forward(const Architecture& model, PagedAttention& attention,
                           Activations& step) const {
  attention_norm_.apply(model, step.stream, step.scales, step.normed);
  qkv_.matrix.multiply(step.normed, qkv_.bias, Product::kReplaces, step.qkv);
  attention.attend(layer_, step.qkv, step.attended);
  projection_.matrix.multiply(step.attended, projection_.bias, Product::kIsAdded, step.stream);
  ffn_norm_.apply(model, step.stream, step.scales, step.normed);
  up_.matrix.multiply(step.normed, up_.bias, Product::kReplaces, step.inner);
  if (model.gated) {
    swiglu_rows(step.inner, step.gated);
  } else {
    gelu_rows(step.inner);
  }
  down_.matrix.multiply(model.gated ? step.gated : step.inner, down_.bias, Product::kIsAdded,
                        step.stream);
}

std::int64_t DecoderLayer::matrix_bytes() const {
  return qkv_.matrix.bytes() + projection_.matrix.bytes() + up_.matrix.bytes() +
         down_.matrix.bytes();
}

}  // namespace tandem

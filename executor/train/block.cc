#include "executor/train/block.h"

#include <ATen/TensorOperators.h>

#include "executor/train/operators/activation.h"
#include "executor/train/operators/linear.h"
#include "executor/train/operators/norm.h"

namespace tandem {
namespace {

/// Nothing where the family has none.
Parameter find(const FlatParameters& parameters, const std::string& name, std::size_t count = 1) {
  return name.empty() ? Parameter{} : parameters.joined(name, count);
}

MatrixForm form_of(Family family) {
  return family == Family::kGpt2 ? MatrixForm::kInputsByOutputs : MatrixForm::kOutputsByInputs;
}

}  // namespace

Dropout dropout_at(const TransformerOptions& options, const MicroBatch& batch, std::int64_t part,
                   std::string_view place, std::int64_t width) {
  if (!batch.training || options.dropout <= 0) return {};
  const RandomKey all = subkey(options.seed, "dropout");
  const RandomKey step = subkey(all, static_cast<std::uint64_t>(batch.step));
  return {options.dropout, subkey(subkey(step, static_cast<std::uint64_t>(part)), place),
          batch.first_row * batch.sequence * width};
}

at::Tensor normed(const Architecture& model, const at::Tensor& x, const Parameter& weight,
                  const Parameter& bias, at::ScalarType type) {
  return model.norm == Norm::kLayer ? layer_norm(x, weight, bias, model.norm_epsilon, type)
                                    : rms_norm(x, weight, model.norm_epsilon, type);
}

TransformerBlock::TransformerBlock(const Architecture& model, const ModelSlice& slice,
                                   std::int64_t layer, const FlatParameters& parameters,
                                   const TransformerOptions& options)
    : model_(model),
      family_(*family_of(model)),
      slice_(slice),
      part_(1 + layer),
      options_(options),
      type_(parameters.type()) {
  const LayerNames names = layer_names(model, layer);
  const bool fused = family_ == Family::kGpt2;  // In the checkpoint already.
  attention_norm_ = find(parameters, names.attention_norm);
  attention_norm_bias_ = find(parameters, names.attention_norm_bias);
  qkv_ = find(parameters, names.qkv, fused ? 1 : 3);
  qkv_bias_ = find(parameters, names.qkv_bias, fused ? 1 : 3);
  projection_ = find(parameters, names.projection);
  projection_bias_ = find(parameters, names.projection_bias);
  ffn_norm_ = find(parameters, names.ffn_norm);
  ffn_norm_bias_ = find(parameters, names.ffn_norm_bias);
  up_ = find(parameters, names.up, fused ? 1 : 2);
  up_bias_ = find(parameters, names.up_bias);
  down_ = find(parameters, names.down);
  down_bias_ = find(parameters, names.down_bias);
}

at::Tensor TransformerBlock::entered(const at::Tensor& x, const Parameter& weight,
                                     const Parameter& bias) const {
  const at::Tensor in = options_.ranks == nullptr ? x : options_.ranks->enter(x);
  return with_bias(linear(in, weight, form_of(family_)), bias);
}

at::Tensor TransformerBlock::left(const at::Tensor& x, const Parameter& weight,
                                  const Parameter& bias) const {
  const at::Tensor out = linear(x, weight, form_of(family_));
  return with_bias(options_.ranks == nullptr ? out : options_.ranks->leave(out), bias);
}

at::Tensor TransformerBlock::attended(const at::Tensor& x, const MicroBatch& batch,
                                      const Rotary& rotary) const {
  AttentionShape shape;
  shape.rows = batch.rows;
  shape.sequence = batch.sequence;
  shape.heads = model_.heads / slice_.tensor_size;
  shape.kv_heads = model_.kv_heads / slice_.tensor_size;
  shape.head_size = model_.head_size;
  shape.first_head = shape.heads * slice_.tensor_rank;
  shape.all_heads = model_.heads;
  const Dropout dropout =
      dropout_at(options_, batch, part_, "scores", model_.heads * batch.sequence);
  const at::Tensor qkv = entered(x, qkv_, qkv_bias_);
  return left(attention(qkv, shape, rotary, dropout), projection_, projection_bias_);
}

at::Tensor TransformerBlock::fed_forward(const at::Tensor& x) const {
  const at::Tensor inner = entered(x, up_, up_bias_);
  return left(model_.gated ? swiglu(inner) : gelu(inner), down_, down_bias_);
}

at::Tensor TransformerBlock::forward(const at::Tensor& x, const MicroBatch& batch,
                                     const Rotary& rotary) const {
  const auto drop = [&](const at::Tensor& y, std::string_view place) {
    return dropped(y, dropout_at(options_, batch, part_, place, model_.hidden));
  };
  const at::Tensor in = normed(model_, x, attention_norm_, attention_norm_bias_, type_);
  const at::Tensor middle = x + drop(attended(in, batch, rotary), "attention");
  const at::Tensor between = normed(model_, middle, ffn_norm_, ffn_norm_bias_, type_);
  return middle + drop(fed_forward(between), "ffn");
}

}  // namespace tandem

#include "executor/train/transformer.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include "executor/train/operators/embedding.h"
#include "executor/train/operators/linear.h"
#include "executor/train/operators/loss.h"
#include "executor/train/operators/recompute.h"

namespace tandem {

Transformer::Transformer(const Architecture& model, const ModelSlice& slice,
                         const FlatParameters& parameters, const TransformerOptions& options)
    : model_(model), slice_(slice), options_(options), type_(parameters.type()) {
  const ModelNames names = model_names(model);
  const auto find = [&](const std::string& name) {
    return parameters.has(name) ? parameters.parameter(name) : Parameter{};
  };
  tokens_ = find(names.tokens);
  positions_ = find(names.positions);
  norm_ = find(names.norm);
  norm_bias_ = find(names.norm_bias);
  head_ = find(names.head);
  for (std::int64_t layer = slice.first_layer; layer < slice.last_layer; ++layer) {
    blocks_.emplace_back(model_, slice_, layer, parameters, options_);
  }
  if (slice.has_embedding) {
    anchor_ = at::zeros({1}, parameters.master().options()).requires_grad_();
  }
}

at::Tensor Transformer::watched(const at::Tensor& x, std::int64_t part) const {
  if (on_gradients && x.requires_grad()) {
    x.register_hook([told = on_gradients, part](const at::Tensor&) { told(part); });
  }
  return x;
}

at::Tensor Transformer::embedding(const MicroBatch& batch) const {
  const std::int64_t first = slice_.tensor_rank * tokens_.master.size(0);
  at::Tensor x = embedded(batch.inputs, tokens_, first, anchor_, options_.ranks);
  if (positions_.master.defined()) x = with_positions(x, positions_, batch.sequence);
  return dropped(x, dropout_at(options_, batch, 0, "embedding", model_.hidden));
}

at::Tensor Transformer::hidden(const at::Tensor& input, const MicroBatch& batch) {
  const bool turns = model_.positions == 0;
  if (turns && (!rotary_.cosines.defined() || rotary_.cosines.size(0) < batch.sequence)) {
    rotary_ = rotary_of(batch.sequence, model_.head_size, model_.rotary_base);
  }
  at::Tensor x = slice_.has_embedding ? embedding(batch) : input;
  std::int64_t part = 1 + slice_.first_layer;
  for (const TransformerBlock& block : blocks_) {
    x = watched(x, part++);
    const auto forward = [this, &block, batch](const at::Tensor& in) {
      return block.forward(in, batch, rotary_);
    };
    const bool recomputes = options_.recomputes && at::GradMode::is_enabled();
    x = recomputes ? recomputed(forward, x) : forward(x);
  }
  return x;
}

at::Tensor Transformer::logits(const at::Tensor& hidden) const {
  const at::Tensor x = watched(hidden, 1 + model_.layers);
  const at::Tensor y = normed(model_, x, norm_, norm_bias_, type_);
  const at::Tensor in = options_.ranks == nullptr ? y : options_.ranks->enter(y);
  return linear(in, head_, MatrixForm::kOutputsByInputs);
}

at::Tensor Transformer::loss(const at::Tensor& hidden, const MicroBatch& batch) const {
  const at::Tensor y = logits(hidden);
  return cross_entropy(y, batch.targets, slice_.tensor_rank * y.size(1), batch.weight,
                       options_.ranks);
}

}  // namespace tandem

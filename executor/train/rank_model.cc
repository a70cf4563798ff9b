#include "executor/train/rank_model.h"

#include <utility>

namespace tandem {
namespace {

Ranks ranks_of(const RankGroups& groups) {
  return {groups.tensor->size(), groups.data->size(), groups.forward->size()};
}

TransformerOptions options_of(const TrainingSpec& spec, TensorParallel& tensor, int size) {
  return {.recomputes = spec.layout.recompute == Recompute::kFull,
          .dropout = spec.recipe.dropout,
          .seed = spec.recipe.seed,
          .ranks = size > 1 ? &tensor : nullptr};
}

}  // namespace

RankModel::RankModel(const TrainingSpec& spec, RankGroups groups, const at::Device& device)
    : groups_(std::move(groups)),
      slice_(slice_of(spec.model, ranks_of(groups_), groups_.place)),
      shared_(shared_embedding(spec.model)),
      parameters_(slots_of(spec.model, slice_), spec.layout.precision, spec.layout.data, device),
      tensor_(*groups_.tensor),
      transformer_(spec.model, slice_, parameters_,
                   options_of(spec, tensor_, groups_.tensor->size())),
      pipeline_(*groups_.forward, *groups_.backward, spec.model.hidden, device),
      buckets_(
          parameters_.gradients(), parameters_.slots(), *groups_.data,
          {.shards = spec.layout.zero > 0, .overlaps = spec.layout.overlap_data, .late = shared_}) {
  begin_weights(spec.recipe.seed, slice_, parameters_);
}

std::string RankModel::shared_embedding(const Architecture& model) const {
  const bool is_shared = model.tied && slice_.has_embedding != slice_.has_head;
  return is_shared ? model_names(model).tokens : "";
}

at::Tensor RankModel::compute(const at::Tensor& input, const MicroBatch& batch) {
  const at::Tensor hidden = transformer_.hidden(input, batch);
  return slice_.has_head ? transformer_.loss(hidden, batch) : hidden;
}

double RankModel::forward_backward(const MicroBatches& batches) {
  parameters_.gradients().zero_();
  const double loss =
      pipeline_.step(batches.count, batches.tokens, [&](int i, const at::Tensor& input) {
        if (i == batches.count - 1) {
          transformer_.on_gradients = [this](std::int64_t part) { buckets_.part_done(part); };
        }
        const at::Tensor output = compute(input, batches.read(i));
        transformer_.on_gradients = nullptr;
        return output;
      });
  if (!shared_.empty()) {
    groups_.ends->all_reduce(parameters_.parameter(shared_).gradient, Reduction::kSum);
  }
  buckets_.finish();
  return loss;
}

double RankModel::evaluate(const MicroBatches& batches) {
  return pipeline_.evaluate(batches.count, batches.tokens, [&](int i, const at::Tensor& input) {
    return compute(input, batches.read(i));
  });
}

void RankModel::refresh() {
  buckets_.gather(parameters_.master());
  parameters_.refresh();
}

bool RankModel::counts(const Slot& slot) const {
  if (slot.cut.dimension < 0 && slice_.tensor_rank > 0) return false;
  return slot.name != shared_ || slice_.has_embedding;
}

}  // namespace tandem

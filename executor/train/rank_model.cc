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
      pipeline_(*groups_.forward, *groups_.backward,
                {spec.layout.micro_batch * spec.layout.sequence, spec.model.hidden}, device),
      buckets_(
          parameters_.gradients(), parameters_.slots(), *groups_.data,
          {.shards = spec.layout.zero > 0, .overlaps = spec.layout.overlap_data, .late = shared_}) {
  begin_weights(spec.recipe.seed, slice_, parameters_);
}

std::string RankModel::shared_embedding(const Architecture& model) const {
  const bool is_shared = model.tied && slice_.has_embedding != slice_.has_head;
  return is_shared ? model_names(model).tokens : "";
}

double RankModel::forward_backward(std::span<const MicroBatch> batches) {
  parameters_.gradients().zero_();
  const auto count = static_cast<int>(batches.size());
  const double loss = pipeline_.step(count, [&](int i, const at::Tensor& input) {
    const MicroBatch& batch = batches[static_cast<std::size_t>(i)];
    transformer_.on_gradients = nullptr;
    if (i == count - 1) {
      transformer_.on_gradients = [this](std::int64_t part) { buckets_.part_done(part); };
    }
    const at::Tensor hidden = transformer_.hidden(input, batch);
    return pipeline_.is_last() ? transformer_.loss(hidden, batch) : hidden;
  });
  if (!shared_.empty()) {
    groups_.ends->all_reduce(parameters_.parameter(shared_).gradient, Reduction::kSum);
  }
  buckets_.finish();
  return loss;
}

double RankModel::evaluate(std::span<const MicroBatch> batches) {
  transformer_.on_gradients = nullptr;
  return pipeline_.evaluate(static_cast<int>(batches.size()), [&](int i, const at::Tensor& input) {
    const MicroBatch& batch = batches[static_cast<std::size_t>(i)];
    const at::Tensor hidden = transformer_.hidden(input, batch);
    return pipeline_.is_last() ? transformer_.loss(hidden, batch) : hidden;
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

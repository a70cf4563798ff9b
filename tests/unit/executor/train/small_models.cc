#include "tests/unit/executor/train/small_models.h"

#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/autograd.h>

#include <span>

#include "executor/train/random.h"

namespace tandem {

Architecture small_gpt2() {
  Architecture model;
  model.name = "small-gpt2";
  model.layers = 2;
  model.hidden = 12;
  model.heads = model.kv_heads = 2;
  model.head_size = 6;
  model.ffn = 20;
  model.vocabulary = 14;
  model.tied = true;
  model.positions = model.context = 160;
  model.biases = Biases::kAll;
  model.norm = Norm::kLayer;
  return model;
}

Architecture small_llama() {
  Architecture model;
  model.name = "small-llama";
  model.layers = 2;
  model.hidden = 12;
  model.heads = 4;
  model.kv_heads = 2;
  model.head_size = 4;
  model.ffn = 20;
  model.gated = true;
  model.vocabulary = 14;
  model.context = 160;
  model.biases = Biases::kQkv;
  return model;
}

SmallModel::SmallModel(const Architecture& of, Precision precision,
                       const TransformerOptions& options)
    : architecture(of),
      parameters(slots_of(of, ModelSlice::whole(of)), precision, 1, at::Device("cpu")),
      transformer(of, ModelSlice::whole(of), parameters, options) {
  for (const Slot& slot : parameters.slots()) {
    at::Tensor numbers = parameters.parameter(slot.name).master;
    fill_normal(subkey(7, slot.name), slot.mean, 0.3,
                std::span(numbers.data_ptr<float>(), static_cast<std::size_t>(numbers.numel())));
  }
  parameters.refresh();
}

ReferenceModel SmallModel::reference() const {
  std::map<std::string, ReferenceModel::Numbers> weights;
  for (const Slot& slot : parameters.slots()) {
    const at::Tensor numbers = parameters.parameter(slot.name).master;
    const float* const begin = numbers.data_ptr<float>();
    weights[slot.name].assign(begin, begin + numbers.numel());
  }
  return {architecture, std::move(weights)};
}

double SmallModel::forward_backward(const MicroBatch& batch) {
  const at::Tensor loss = transformer.loss(transformer.hidden({}, batch), batch);
  torch::autograd::backward({loss}, {});
  return loss.item().toDouble();
}

std::vector<std::vector<std::int64_t>> random_rows(std::int64_t rows, std::int64_t sequence,
                                                   std::int64_t vocabulary) {
  std::vector<std::vector<std::int64_t>> all(static_cast<std::size_t>(rows));
  std::uint64_t place = 0;
  for (auto& row : all) {
    for (std::int64_t i = 0; i <= sequence; ++i) {
      row.push_back(static_cast<std::int64_t>(random_bits(3, place++) %
                                              static_cast<std::uint64_t>(vocabulary)));
    }
  }
  return all;
}

MicroBatch batch_of(const std::vector<std::vector<std::int64_t>>& rows) {
  MicroBatch batch;
  batch.rows = static_cast<std::int64_t>(rows.size());
  batch.sequence = static_cast<std::int64_t>(rows.front().size()) - 1;
  batch.inputs = at::empty({batch.rows * batch.sequence}, at::kLong);
  batch.targets = at::empty({batch.rows * batch.sequence}, at::kLong);
  std::int64_t* input = batch.inputs.data_ptr<std::int64_t>();
  std::int64_t* target = batch.targets.data_ptr<std::int64_t>();
  for (const auto& row : rows) {
    input = std::copy(row.begin(), row.end() - 1, input);
    target = std::copy(row.begin() + 1, row.end(), target);
  }
  batch.weight = 1.0 / static_cast<double>(batch.rows * batch.sequence);
  return batch;
}

}  // namespace tandem

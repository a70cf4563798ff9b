// One rank of a gang that computes gradients of small models:
//   gradients_program RENDEZVOUS RANK TENSOR PIPELINE DATA ZERO
// It says whether its part is what it computes alone.

#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <string>

#include "executor/train/rank_model.h"
#include "tests/unit/executor/train/small_models.h"

namespace tandem {
namespace {

constexpr int kRows = 8;

/// Rows `begin` and further, one after the other.
MicroBatches batches_of(const Architecture& model, int begin, int count) {
  const auto read = [begin, rows = random_rows(kRows, 7, model.vocabulary)](int i) {
    MicroBatch batch = batch_of({rows[static_cast<std::size_t>(begin + i)]});
    batch.first_row = begin + i;
    batch.weight /= kRows;
    return batch;
  };
  return {count, 7, read};
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return a.sub(b).abs().max().item<double>();
}

/// Of all that this rank owns.
double difference_from_whole(RankModel& model, RankModel& whole, int tensor_size) {
  FlatParameters& parameters = model.parameters();
  at::Tensor expected = at::zeros_like(parameters.gradients());
  for (const Slot& slot : parameters.slots()) {
    expected.narrow(0, slot.offset, slot.numbers())
        .copy_(cut(whole.parameters().parameter(slot.name).gradient, slot,
                   model.slice().tensor_rank, tensor_size)
                   .reshape({-1}));
  }
  double largest = 0;
  for (const auto& [begin, count] : model.buckets().owned()) {
    largest = std::max(largest, difference(parameters.gradients().narrow(0, begin, count),
                                           expected.narrow(0, begin, count)));
  }
  return largest;
}

void compare(char** argv, const Architecture& small) {
  TrainingSpec spec;
  spec.model = small;
  spec.model.layers = 4;
  spec.layout.sequence = 7;
  spec.layout.precision = Precision::kFp32;
  const auto groups = [&](const Ranks& ranks, int rank) {
    const auto folder = std::filesystem::path(argv[1]) / small.name;
    std::filesystem::create_directories(folder);
    return make_rank_groups(ranks, rank, "cpu", folder, std::chrono::minutes{1});
  };
  RankModel whole(spec, groups({1, 1, 1}, 0), at::Device("cpu"));
  const double expected = whole.forward_backward(batches_of(spec.model, 0, kRows));

  const Ranks ranks(std::stoi(argv[3]), std::stoi(argv[5]), std::stoi(argv[4]));
  spec.layout.data = ranks.size(Axis::kData);
  spec.layout.zero = std::stoi(argv[6]);
  RankModel model(spec, groups(ranks, std::stoi(argv[2])), at::Device("cpu"));
  const int count = kRows / ranks.size(Axis::kData);
  const auto batches = batches_of(spec.model, count * model.groups().place.data, count);
  const auto loss_of = [&](double own) {
    // Tensor parallel ranks have the same.
    at::Tensor sum = at::full({1}, own / ranks.size(Axis::kTensor), at::kDouble);
    model.groups().world->all_reduce(sum, Reduction::kSum);
    return sum.item<double>();
  };
  const double loss = loss_of(model.forward_backward(batches));
  fmt::print("loss {} gradient {}\n", std::abs(loss - expected) < 1e-6,
             difference_from_whole(model, whole, ranks.size(Axis::kTensor)) < 1e-6);
  fmt::print("evaluation {}\n", std::abs(loss_of(model.evaluate(batches)) - expected) < 1e-6);

  // Everybody changes what it owns.
  at::Tensor master = model.parameters().master();
  const at::Tensor before = master.clone();
  for (const auto& [begin, numbers] : model.buckets().owned()) {
    master.narrow(0, begin, numbers).add_(1);
  }
  model.refresh();
  fmt::print("refreshed {}\n", at::equal(master, before.add(1)));
}

}  // namespace
}  // namespace tandem

int main(int, char** argv) {
  for (const auto& model : {tandem::small_gpt2(), tandem::small_llama()}) {
    tandem::compare(argv, model);
  }
}

#include "executor/train/rows.h"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "policies/core/error.h"

namespace tandem {

Rows::Rows(const TrainingSpec& spec, const std::filesystem::path& cache, const at::Device& device)
    : layout_(spec.layout),
      device_(device),
      text_(spec.recipe.text, spec.layout.sequence, cache),
      order_(spec.recipe.seed, text_.rows(TextPart::kTraining)),
      held_out_(text_.rows(TextPart::kHeldOut)) {
  if (spec.rows > 0) held_out_ = std::min(held_out_, spec.rows);
  if (text_.vocabulary() > spec.model.vocabulary) {
    throw InputError(fmt::format("{}: the text has {} different tokens, the model's vocabulary {}",
                                 spec.model.name, text_.vocabulary(), spec.model.vocabulary));
  }
}

MicroBatch Rows::training(std::int64_t step, std::int64_t first, std::int64_t count) const {
  MicroBatch batch = this->batch(count, layout_.batch);
  batch.step = step;
  batch.first_row = first;
  for (std::int64_t i = 0; i < count; ++i) {
    put(TextPart::kTraining, order_.row(step * layout_.batch + first + i), i, batch);
  }
  return on_device(std::move(batch));
}

MicroBatch Rows::held_out(std::int64_t first, std::int64_t count) const {
  MicroBatch batch = this->batch(count, held_out());
  batch.training = false;
  for (std::int64_t i = 0; i < count; ++i) put(TextPart::kHeldOut, first + i, i, batch);
  return on_device(std::move(batch));
}

MicroBatch Rows::batch(std::int64_t count, std::int64_t of) const {
  MicroBatch batch;
  batch.rows = count;
  batch.sequence = layout_.sequence;
  batch.inputs = at::empty({count * layout_.sequence}, at::kLong);
  batch.targets = at::empty({count * layout_.sequence}, at::kLong);
  batch.weight = 1 / static_cast<double>(of * layout_.sequence);
  return batch;
}

MicroBatch Rows::on_device(MicroBatch batch) const {
  batch.inputs = batch.inputs.to(device_);
  batch.targets = batch.targets.to(device_);
  return batch;
}

void Rows::put(TextPart part, std::int64_t row, std::int64_t place, MicroBatch& batch) const {
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(layout_.sequence + 1));
  text_.read(part, row, numbers);
  const std::int64_t begin = place * layout_.sequence;
  std::copy(numbers.begin(), numbers.end() - 1, batch.inputs.data_ptr<std::int64_t>() + begin);
  std::copy(numbers.begin() + 1, numbers.end(), batch.targets.data_ptr<std::int64_t>() + begin);
}

}  // namespace tandem

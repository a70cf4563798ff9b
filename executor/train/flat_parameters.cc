#include "executor/train/flat_parameters.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <algorithm>

#include "executor/train/check.h"
#include "executor/train/random.h"

namespace tandem {
namespace {

constexpr std::int64_t kAlignment = 32;

/// The view of `whole` that tensor rank `rank` of `size` has; of several parts it is not
/// contiguous.
at::Tensor cut_view(const at::Tensor& whole, const Slot& slot, int rank, int size) {
  const std::int64_t dimension = slot.cut.dimension;
  std::vector<std::int64_t> by_parts(slot.whole_shape);
  const auto at_cut = by_parts.begin() + dimension;
  *at_cut /= slot.cut.parts;
  const std::int64_t width = *at_cut / size;
  by_parts.insert(at_cut, slot.cut.parts);
  return whole.view(by_parts).narrow(dimension + 1, rank * width, width);
}

}  // namespace

FlatParameters::FlatParameters(std::vector<Slot> slots, Precision precision, std::int64_t shards,
                               const at::Device& device)
    : slots_(std::move(slots)) {
  const std::int64_t used = slots_.empty() ? 0 : slots_.back().offset + slots_.back().numbers();
  const std::int64_t unit = kAlignment * shards;
  const std::int64_t numbers = (used + unit - 1) / unit * unit;
  const auto f32 = at::TensorOptions(device).dtype(at::kFloat);
  master_ = at::zeros({numbers}, f32);
  gradients_ = at::zeros({numbers}, f32);
  values_ =
      precision == Precision::kBf16 ? at::zeros({numbers}, f32.dtype(at::kBFloat16)) : master_;
}

const Slot& FlatParameters::slot(const std::string& name) const {
  const auto found = std::ranges::find(slots_, name, &Slot::name);
  CHECK(found != slots_.end(), "this slice has no parameter {}", name);
  return *found;
}

bool FlatParameters::has(const std::string& name) const {
  return std::ranges::find(slots_, name, &Slot::name) != slots_.end();
}

Parameter FlatParameters::joined(const std::string& first, std::size_t count) const {
  const Slot* slot = &this->slot(first);
  std::vector<std::int64_t> shape = slot->shape;
  std::int64_t end = slot->offset + slot->numbers();
  for (std::size_t i = 1; i < count; ++i) {
    const Slot& next = slot[i];
    CHECK(next.offset == end, "{} does not follow {} without a gap", next.name, first);
    shape.front() += next.shape.front();
    end += next.numbers();
  }
  const auto view = [&](const at::Tensor& flat) {
    return flat.narrow(0, slot->offset, end - slot->offset).view(shape);
  };
  return {view(master_), view(values_), view(gradients_)};
}

void FlatParameters::refresh() {
  if (!values_.is_same(master_)) values_.copy_(master_);
}

at::Tensor first_weights(std::uint64_t seed, const Slot& slot) {
  at::Tensor whole = at::empty(slot.whole_shape, at::kFloat);
  if (slot.deviation > 0) {
    const std::span numbers(whole.data_ptr<float>(), static_cast<std::size_t>(whole.numel()));
    fill_normal(subkey(seed, slot.name), slot.mean, slot.deviation, numbers);
  } else {
    whole.fill_(slot.mean);
  }
  return whole;
}

void begin_weights(std::uint64_t seed, const ModelSlice& slice, FlatParameters& parameters) {
  for (const Slot& slot : parameters.slots()) {
    parameters.parameter(slot.name).master.copy_(
        cut(first_weights(seed, slot), slot, slice.tensor_rank, slice.tensor_size));
  }
  parameters.refresh();
}

at::Tensor cut(const at::Tensor& whole, const Slot& slot, int rank, int size) {
  if (slot.cut.dimension < 0 || size == 1) return whole;
  std::vector<std::int64_t> shape(slot.whole_shape);
  shape[static_cast<std::size_t>(slot.cut.dimension)] /= size;
  return cut_view(whole, slot, rank, size).reshape(shape);
}

void put_back(const at::Tensor& piece, const Slot& slot, int rank, int size, at::Tensor& whole) {
  if (slot.cut.dimension < 0 || size == 1) {
    whole.copy_(piece);
    return;
  }
  at::Tensor place = cut_view(whole, slot, rank, size);
  place.copy_(piece.view(place.sizes()));
}

}  // namespace tandem

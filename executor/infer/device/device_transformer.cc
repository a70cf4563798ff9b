#include "executor/infer/device/device_transformer.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "executor/infer/device/device_weights.h"
#include "executor/train/compat.h"
#include "executor/train/operators/attention.h"

namespace tandem {
namespace {

/// The matrices that a step's tokens go through, a row for each. Only the stream and queries are
/// f32; the others are what products take and give.
struct DeviceRows {
  at::Tensor stream, normed, qkv, queries, attended, delta, inner, gated;

  DeviceRows() = default;
  DeviceRows(const Architecture& model, std::int64_t rows, const at::TensorOptions& options) {
    const auto matrix = [&](std::int64_t width, at::ScalarType type) {
      return at::empty({rows, width}, options.dtype(type));
    };
    const at::ScalarType type = c10::typeMetaToScalarType(options.dtype());
    stream = matrix(model.hidden, at::kFloat);
    normed = matrix(model.hidden, type);
    qkv = matrix(model.query_width() + 2 * model.kv_width(), type);
    queries = matrix(model.query_width(), at::kFloat);
    attended = matrix(model.query_width(), type);
    delta = matrix(model.hidden, type);
    inner = matrix(model.gated ? 2 * model.ffn : model.ffn, type);
    gated = matrix(model.ffn, type);
  }
  DeviceRows first(std::int64_t rows) const {
    DeviceRows part = *this;
    for (at::Tensor* matrix : {&part.stream, &part.normed, &part.qkv, &part.queries, &part.attended,
                               &part.delta, &part.inner, &part.gated}) {
      *matrix = matrix->narrow(0, 0, rows);
    }
    return part;
  }
};

const float* floats_of(const at::Tensor& numbers) {
  return numbers.defined() ? numbers.data_ptr<float>() : nullptr;
}

template <class Number>
class TypedTransformer final : public DeviceTransformer {
 public:
  TypedTransformer(const WeightSource& source, const PagedModelOptions& options,
                   const at::Device& device, KernelRunner& runner)
      : model_(source.model()),
        options_(at::TensorOptions(device).dtype(c10::CppTypeToScalarType<Number>::value)),
        shape_(cache_shape(model_, options)),
        cache_(at::zeros({model_.layers, blocks_for(model_, options), shape_.layer_numbers()},
                         options_)),
        weights_(read_device_weights(source, device, c10::CppTypeToScalarType<Number>::value)),
        runner_(runner) {
    if (model_.positions > 0) return;
    const Rotary rotary = rotary_of(model_.context, model_.head_size, model_.rotary_base);
    rotary_ = {rotary.cosines.to(device), rotary.sines.to(device)};
  }

  at::Tensor logits(StepPlan& plan, std::int64_t rows, std::int64_t wanted) override {
    make_room(plan, rows, wanted);
    step_ = plan.on_device();
    embed();
    const at::Tensor* bias = nullptr;  // Of what is to be added to the stream; null: nothing is.
    for (std::int64_t layer = 0; layer < model_.layers; ++layer) {
      const DeviceLayer& weights = weights_.layers[static_cast<std::size_t>(layer)];
      norm(weights.attention_norm, bias);
      multiply(rows_.normed, weights.qkv, rows_.qkv);
      attend(plan, layer, weights.qkv.bias);
      multiply(rows_.attended, weights.projection, rows_.delta);
      norm(weights.ffn_norm, &weights.projection.bias);
      multiply(rows_.normed, weights.up, rows_.inner);
      activate(weights.up.bias);
      multiply(rows_.gated, weights.down, rows_.delta);
      bias = &weights.down.bias;
    }
    if (wanted == 0) return logits_;
    norm(weights_.norm, bias, wanted);
    at::Tensor out = logits_.narrow(0, 0, wanted);
    product_in_f32(rows_.normed.narrow(0, 0, wanted), weights_.head.t(), out);
    return out;
  }

  at::Tensor& cache() override { return cache_; }
  std::int64_t matrix_bytes() const override { return weights_.matrix_bytes(); }

 private:
  static Number* of(const at::Tensor& numbers) { return numbers.data_ptr<Number>(); }
  std::int64_t count() const { return rows_.stream.size(0); }
  std::int32_t group() const { return static_cast<std::int32_t>(model_.heads / model_.kv_heads); }

  void make_room(const StepPlan& plan, std::int64_t rows, std::int64_t wanted) {
    if (!all_.stream.defined() || all_.stream.size(0) < rows) all_ = {model_, rows, options_};
    rows_ = all_.first(rows);
    const auto grow = [&](at::Tensor& numbers, std::int64_t first, std::int64_t second) {
      if (numbers.defined() && numbers.size(0) >= first) return;
      numbers = at::empty({first, second}, options_.dtype(at::kFloat));
    };
    grow(logits_, wanted, model_.vocabulary);
    grow(partials_, partials().floats(plan.partials()), 1);
  }

  void embed() {
    Embed<Number> kernel;
    kernel.tokens = of(weights_.tokens);
    kernel.positions = floats_of(weights_.positions);
    kernel.places = step_.places;
    kernel.rows = count();
    kernel.hidden = model_.hidden;
    kernel.stream = rows_.stream.template data_ptr<float>();
    runner_.run(kernel);
  }

  /// Of all rows, or of those that are wanted; `bias` is that of what the last product gave.
  void norm(const DeviceNorm& norm, const at::Tensor* bias, std::int64_t wanted = 0) {
    AddAndNorm<Number> kernel;
    kernel.stream = rows_.stream.template data_ptr<float>();
    if (bias != nullptr) {
      kernel.delta = of(rows_.delta);
      kernel.delta_bias = floats_of(*bias);
    }
    kernel.weight = floats_of(norm.weight);
    kernel.bias = floats_of(norm.bias);
    kernel.epsilon = static_cast<float>(model_.norm_epsilon);
    kernel.chosen = wanted > 0 ? step_.wanted : nullptr;
    kernel.rows = wanted > 0 ? wanted : count();
    kernel.hidden = model_.hidden;
    kernel.normed = of(rows_.normed);
    runner_.run(kernel);
  }

  static void multiply(const at::Tensor& x, const DeviceMatrix& matrix, at::Tensor& out) {
    at::mm_out(out, x, matrix.numbers.t());
  }

  void activate(const at::Tensor& bias) {
    Activate<Number> kernel;
    kernel.inner = of(rows_.inner);
    kernel.bias = floats_of(bias);
    kernel.gated = model_.gated;
    kernel.rows = count();
    kernel.ffn = model_.ffn;
    kernel.out = of(rows_.gated);
    runner_.run(kernel);
  }

  CacheLayer<Number> layer_of_cache(std::int64_t layer) const {
    return {of(cache_) + layer * cache_.size(1) * shape_.layer_numbers(),
            static_cast<std::int32_t>(shape_.kv_heads), static_cast<std::int32_t>(shape_.head_size),
            static_cast<std::int32_t>(shape_.block_tokens)};
  }
  PartialResults partials() const {
    return {partials_.defined() ? partials_.data_ptr<float>() : nullptr,
            static_cast<std::int32_t>(shape_.kv_heads),
            static_cast<std::int32_t>(shape_.head_size)};
  }

  void attend(const StepPlan& plan, std::int64_t layer, const at::Tensor& bias) {
    place_keys(layer, bias);
    switch (plan.tile_queries()) {
      case 1: look<1>(plan, layer); break;
      case 2: look<2>(plan, layer); break;
      case 4: look<4>(plan, layer); break;
      case 8: look<8>(plan, layer); break;
      default: look<kTileQueries>(plan, layer);
    }
    if (plan.partials() == 0) return;
    JoinParts<Number> kernel;
    kernel.partials = partials();
    kernel.tiles = step_.tiles;
    kernel.count = plan.tiles();
    kernel.group = group();
    kernel.out = of(rows_.attended);
    runner_.run(kernel);
  }

  void place_keys(std::int64_t layer, const at::Tensor& bias) {
    PlaceKeys<Number> kernel;
    kernel.qkv = of(rows_.qkv);
    kernel.bias = floats_of(bias);
    kernel.cosines = floats_of(rotary_.cosines);
    kernel.sines = floats_of(rotary_.sines);
    kernel.places = step_.places;
    kernel.rows = count();
    kernel.heads = static_cast<std::int32_t>(model_.heads);
    kernel.scale = 1 / std::sqrt(static_cast<float>(model_.head_size));
    kernel.cache = layer_of_cache(layer);
    kernel.queries = rows_.queries.template data_ptr<float>();
    runner_.run(kernel);
  }

  template <int tile_queries>
  void look(const StepPlan& plan, std::int64_t layer) {
    Attend<Number, tile_queries> kernel;
    kernel.queries = floats_of(rows_.queries);
    kernel.cache = layer_of_cache(layer);
    kernel.table = step_.table;
    kernel.tiles = step_.tiles;
    kernel.pieces = step_.pieces;
    kernel.count = plan.pieces();
    kernel.group = group();
    kernel.partials = partials();
    kernel.out = of(rows_.attended);
    runner_.run(kernel);
  }

  const Architecture model_;
  const at::TensorOptions options_;
  const CacheShape shape_;
  at::Tensor cache_;
  const DeviceWeights weights_;
  Rotary rotary_;
  KernelRunner& runner_;

  DeviceRows all_, rows_;
  DeviceStep step_;
  at::Tensor partials_, logits_;
};

}  // namespace

std::unique_ptr<DeviceTransformer> make_device_transformer(const WeightSource& source,
                                                           const PagedModelOptions& options,
                                                           const at::Device& device,
                                                           KernelRunner& runner) {
  if (options.precision == Precision::kBf16) {
    return std::make_unique<TypedTransformer<at::BFloat16>>(source, options, device, runner);
  }
  return std::make_unique<TypedTransformer<float>>(source, options, device, runner);
}

}  // namespace tandem

#include "executor/infer/paged_model.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>

#include "executor/infer/decoder_layer.h"
#include "executor/infer/token_chooser.h"
// After LibTorch's.
#include "executor/train/check.h"

namespace tandem {
namespace {

at::ScalarType type_of(Precision precision) {
  return precision == Precision::kBf16 ? at::kBFloat16 : at::kFloat;
}

BlockCache make_cache(const Architecture& model, const PagedModelOptions& options) {
  return {cache_shape(model, options), type_of(options.precision), blocks_for(model, options)};
}

}  // namespace

class PagedModel::Impl {
 public:
  Impl(const WeightSource& source, const PagedModelOptions& options)
      : options_(checked(source.model(), options)),
        model_(source.model()),
        warnings_(source.warnings()),
        cache_(make_cache(model_, options)),
        attention_(model_, cache_),
        chooser_(model_.vocabulary, options.end_of_text, options.threads) {
    use_threads();
    const WeightReader weights(source);
    const at::ScalarType type = type_of(options.precision);
    const ModelNames names = model_names(model_);
    tokens_ = PackedMatrix(weights.joined(names.tokens), type);
    if (!model_.tied) head_ = PackedMatrix(weights.joined(names.head), type);
    positions_ = weights.vector(names.positions);
    norm_ = {weights.vector(names.norm), weights.vector(names.norm_bias)};
    for (std::int64_t layer = 0; layer < model_.layers; ++layer) {
      layers_.emplace_back(weights, layer, type);
    }
  }

  std::vector<GivenToken> compute(std::span<const StepPart> parts) {
    const at::NoGradGuard no_gradients;
    use_threads();
    rows_.set(parts, options_.block_tokens, cache_.blocks());
    make_room();
    embed();
    attention_.begin(rows_);
    for (const DecoderLayer& layer : layers_) layer.forward(model_, attention_, step_);
    return chooser_.choose(asking(parts), logits());
  }

  const PagedModelOptions& options() const { return options_; }
  const Architecture& model() const { return model_; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  BlockCache& cache() { return cache_; }
  std::int64_t matrix_bytes() const {
    std::int64_t bytes = head().bytes();
    for (const DecoderLayer& layer : layers_) bytes += layer.matrix_bytes();
    return bytes;
  }

 private:
  /// Of the calling thread: OpenMP counts for each by itself.
  void use_threads() const {
    if (at::get_num_threads() != options_.threads) at::set_num_threads(options_.threads);
  }

  const PackedMatrix& head() const { return model_.tied ? tokens_ : head_; }

  void make_room() {
    const std::int64_t rows = rows_.count();
    if (!all_.stream.defined() || all_.stream.size(0) < rows) all_ = {model_, rows};
    if (!step_.stream.defined() || step_.stream.size(0) != rows) step_ = all_.first(rows);
  }

  void embed() {
    const auto width = static_cast<std::size_t>(model_.hidden);
    float* const stream = step_.stream.data_ptr<float>();
    at::parallel_for(0, rows_.count(), 4, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end; ++row) {
        const TokenId token = rows_.tokens[static_cast<std::size_t>(row)];
        const std::int64_t position = rows_.positions[static_cast<std::size_t>(row)];
        CHECK(token < model_.vocabulary && position < model_.context, "token {} of {} at {} of {}",
              token, model_.vocabulary, position, model_.context);
        const std::span to(stream + row * model_.hidden, width);
        tokens_.row(token, to);
        if (!positions_.defined()) continue;
        const float* const places = positions_.data_ptr<float>() + position * model_.hidden;
        for (std::size_t i = 0; i < width; ++i) to[i] += places[i];
      }
    });
  }

  /// [wanted, vocabulary], behind the rows that are wanted alone.
  at::Tensor logits() {
    const auto wanted = static_cast<std::int64_t>(rows_.wanted.size());
    if (!logits_.defined() || logits_.size(0) < wanted) {
      logits_ = at::empty({wanted, model_.vocabulary}, at::kFloat);
    }
    if (wanted == 0) return logits_;
    // They come in rising order, so that none is overwritten before it has moved.
    float* const stream = step_.stream.data_ptr<float>();
    for (std::int64_t i = 0; i < wanted; ++i) {
      const std::int64_t row = rows_.wanted[static_cast<std::size_t>(i)];
      if (row != i)
        std::copy_n(stream + row * model_.hidden, model_.hidden, stream + i * model_.hidden);
    }
    Activations last = step_.first(wanted);
    norm_.apply(model_, last.stream, last.scales, last.normed);
    at::Tensor out = logits_.narrow(0, 0, wanted);
    head().multiply(last.normed, {}, Product::kReplaces, out);
    return out;
  }

  const PagedModelOptions options_;
  const Architecture model_;
  const std::vector<std::string> warnings_;
  BlockCache cache_;
  PagedAttention attention_;
  PackedMatrix tokens_, head_;  ///< The latter is empty if they are tied.
  at::Tensor positions_;
  NormWeights norm_;
  std::vector<DecoderLayer> layers_;
  TokenChooser chooser_;

  StepRows rows_;
  Activations all_, step_;
  at::Tensor logits_;
};

PagedModel::PagedModel(const WeightSource& weights, const PagedModelOptions& options)
    : impl_(std::make_unique<Impl>(weights, options)) {}
PagedModel::~PagedModel() = default;

std::uint32_t PagedModel::block_tokens() const {
  return static_cast<std::uint32_t>(impl_->options().block_tokens);
}
std::int64_t PagedModel::blocks() const { return impl_->cache().blocks(); }
std::int64_t PagedModel::context() const { return impl_->model().context; }
std::int64_t PagedModel::vocabulary() const { return impl_->model().vocabulary; }
const Architecture& PagedModel::architecture() const { return impl_->model(); }
std::int64_t PagedModel::weight_bytes() const { return impl_->matrix_bytes(); }
const std::vector<std::string>& PagedModel::warnings() const { return impl_->warnings(); }

std::vector<GivenToken> PagedModel::compute(std::span<const StepPart> parts) {
  return impl_->compute(parts);
}
std::vector<std::byte> PagedModel::copy_out(std::span<const BlockNumber> blocks) {
  return impl_->cache().copy_out(blocks);
}
void PagedModel::copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks) {
  impl_->cache().copy_in(saved, blocks);
}

std::unique_ptr<PagedModel> load_paged_model(const std::filesystem::path& folder,
                                             const PagedModelOptions& options) {
  return std::make_unique<PagedModel>(*weights_in(folder), options);
}

std::unique_ptr<PagedModel> draw_paged_model(const Architecture& model, std::uint64_t seed,
                                             const PagedModelOptions& options) {
  return std::make_unique<PagedModel>(*drawn_weights(model, seed), options);
}

}  // namespace tandem

#include "executor/infer/device/device_model.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>

#include <cstring>

#include "executor/infer/device/device_transformer.h"
#include "executor/infer/token_chooser.h"
// After LibTorch's.
#include "executor/train/check.h"

namespace tandem {
namespace {

at::Tensor numbers_of(std::span<const BlockNumber> blocks) {
  at::Tensor numbers = at::empty({static_cast<std::int64_t>(blocks.size())}, at::kLong);
  std::ranges::copy(blocks, numbers.data_ptr<std::int64_t>());
  return numbers;
}

}  // namespace

class DeviceModel::Impl {
 public:
  Impl(const WeightSource& source, const PagedModelOptions& options, const std::string& device,
       std::unique_ptr<KernelRunner> runner)
      : options_(checked(source.model(), options)),
        model_(source.model()),
        device_(device),
        runner_(std::move(runner)),
        plan_(device_, static_cast<std::int32_t>(model_.heads / model_.kv_heads)),
        transformer_(make_device_transformer(source, options, device_, *runner_)),
        chooser_(model_.vocabulary, options.end_of_text, options.threads) {
    CHECK(model_.head_size % 2 == 0, "heads of {} numbers", model_.head_size);
  }

  std::vector<GivenToken> compute(std::span<const StepPart> parts) {
    const at::NoGradGuard no_gradients;
    if (at::get_num_threads() != options_.threads) at::set_num_threads(options_.threads);
    rows_.set(parts, options_.block_tokens, cache().size(1));
    for (std::size_t row = 0; row < rows_.tokens.size(); ++row) {
      CHECK(rows_.tokens[row] < model_.vocabulary && rows_.positions[row] < model_.context,
            "token {} of {} at {} of {}", rows_.tokens[row], model_.vocabulary,
            rows_.positions[row], model_.context);
    }
    plan_.set(rows_);
    const auto asked = asking(parts);
    const at::Tensor logits =
        transformer_->logits(plan_, rows_.count(), static_cast<std::int64_t>(asked.size()));
    if (asked.empty()) return {};
    if (std::ranges::all_of(asked, [this](const StepPart* part) { return is_plain(*part); })) {
      return likeliest(logits);
    }
    return chooser_.choose(asked, logits.cpu());
  }

  at::Tensor& cache() { return transformer_->cache(); }
  const PagedModelOptions& options() const { return options_; }
  const Architecture& model() const { return model_; }
  std::int64_t matrix_bytes() const { return transformer_->matrix_bytes(); }

 private:
  /// The likeliest token and nothing else is wanted.
  bool is_plain(const StepPart& part) const {
    const Sampling& how = *part.sampling;
    const bool end_is_barred =
        options_.end_of_text && part.generated < how.min_tokens && !how.ignore_end;
    return how.temperature <= 0 && how.logprobs < 0 && !end_is_barred;
  }

  std::vector<GivenToken> likeliest(const at::Tensor& logits) {
    const std::int64_t rows = logits.size(0);
    // Tokens, then their logits.
    const at::Tensor found = at::empty({2, rows}, logits.options());
    Likeliest kernel;
    kernel.logits = logits.data_ptr<float>();
    kernel.rows = rows;
    kernel.vocabulary = model_.vocabulary;
    kernel.tokens = reinterpret_cast<std::int32_t*>(found.data_ptr<float>());
    kernel.most = found.data_ptr<float>() + rows;
    runner_->run(kernel);
    const at::Tensor here = found.cpu();
    std::vector<GivenToken> given(static_cast<std::size_t>(rows));
    for (std::int64_t row = 0; row < rows; ++row) {
      require_numbers(static_cast<double>(here.data_ptr<float>()[rows + row]));
      std::memcpy(&given[static_cast<std::size_t>(row)].token, here.data_ptr<float>() + row,
                  sizeof(TokenId));
    }
    return given;
  }

  const PagedModelOptions options_;
  const Architecture model_;
  const at::Device device_;
  const std::unique_ptr<KernelRunner> runner_;
  StepRows rows_;
  StepPlan plan_;
  const std::unique_ptr<DeviceTransformer> transformer_;
  TokenChooser chooser_;
};

DeviceModel::DeviceModel(const WeightSource& weights, const PagedModelOptions& options,
                         const std::string& device, std::unique_ptr<KernelRunner> runner)
    : impl_(std::make_unique<Impl>(weights, options, device, std::move(runner))) {}
DeviceModel::~DeviceModel() = default;

std::uint32_t DeviceModel::block_tokens() const {
  return static_cast<std::uint32_t>(impl_->options().block_tokens);
}
std::int64_t DeviceModel::blocks() const { return impl_->cache().size(1); }
std::int64_t DeviceModel::context() const { return impl_->model().context; }
std::int64_t DeviceModel::vocabulary() const { return impl_->model().vocabulary; }
const Architecture& DeviceModel::architecture() const { return impl_->model(); }
std::int64_t DeviceModel::weight_bytes() const { return impl_->matrix_bytes(); }

std::vector<GivenToken> DeviceModel::compute(std::span<const StepPart> parts) {
  return impl_->compute(parts);
}

std::vector<std::byte> DeviceModel::copy_out(std::span<const BlockNumber> blocks) {
  const at::Tensor& cache = impl_->cache();
  const at::Tensor numbers =
      at::index_select(cache, 1, numbers_of(blocks).to(cache.device())).cpu();
  const auto* const bytes = static_cast<const std::byte*>(numbers.data_ptr());
  return {bytes, bytes + numbers.numel() * static_cast<std::int64_t>(numbers.element_size())};
}

void DeviceModel::copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks) {
  at::Tensor& cache = impl_->cache();
  const at::Tensor numbers =
      at::empty({cache.size(0), static_cast<std::int64_t>(blocks.size()), cache.size(2)},
                cache.scalar_type());
  const auto bytes =
      static_cast<std::size_t>(numbers.numel()) * static_cast<std::size_t>(numbers.element_size());
  CHECK(saved.size() == bytes, "{} bytes are not {} blocks", saved.size(), blocks.size());
  std::memcpy(numbers.data_ptr(), saved.data(), bytes);
  cache.index_copy_(1, numbers_of(blocks).to(cache.device()), numbers.to(cache.device()));
}

}  // namespace tandem

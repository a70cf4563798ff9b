#include "executor/infer/weights.h"

#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "executor/spec/family.h"
#include "executor/train/checkpoint.h"
#include "executor/train/checkpoint_form.h"
#include "executor/train/flat_parameters.h"
#include "executor/train/hugging_face.h"
#include "policies/core/error.h"
// After LibTorch's.
#include "executor/train/check.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

void refuse_what_is_not_computed(const Architecture& model) {
  if (family_of(model)) return;
  const char* const why = model.is_mixture() ? "mixtures of experts are not served yet"
                          : model.qk_norm
                              ? "norms over heads of queries and keys are not served yet"
                              : "models of the forms of GPT-2 and LLaMA are served";
  throw InputError(fmt::format("{}: {}", model.name, why));
}

class HuggingFaceSource final : public WeightSource {
 public:
  explicit HuggingFaceSource(const fs::path& folder)
      : model_(read_hugging_face(folder)), weights_(folder) {}
  const Architecture& model() const override { return model_; }
  at::Tensor read(const Slot& slot) const override { return weights_.read(slot); }

 private:
  Architecture model_;
  HuggingFaceWeights weights_;
};

class CheckpointSource final : public WeightSource {
 public:
  CheckpointSource(Checkpoint checkpoint, std::vector<std::string> warnings)
      : checkpoint_(std::move(checkpoint)), warnings_(std::move(warnings)) {
    refuse_what_is_not_computed(model());
  }
  const Architecture& model() const override { return checkpoint_.spec().model; }
  at::Tensor read(const Slot& slot) const override { return checkpoint_.read(slot); }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  Checkpoint checkpoint_;
  std::vector<std::string> warnings_;
};

class DrawnSource final : public WeightSource {
 public:
  DrawnSource(const Architecture& model, std::uint64_t seed) : model_(model), seed_(seed) {
    refuse_what_is_not_computed(model_);
  }
  const Architecture& model() const override { return model_; }
  at::Tensor read(const Slot& slot) const override { return first_weights(seed_, slot); }

 private:
  Architecture model_;
  std::uint64_t seed_;
};

std::unique_ptr<WeightSource> newest_checkpoint(const fs::path& folder) {
  std::vector<std::string> warnings;
  auto checkpoint = Checkpoint::newest(folder, warnings);
  if (checkpoint) {
    return std::make_unique<CheckpointSource>(std::move(*checkpoint), std::move(warnings));
  }
  throw InputError({folder.string()}, "no checkpoint is whole: " + warnings.front());
}

}  // namespace

std::unique_ptr<WeightSource> weights_in(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError({folder.string()}, "there is no such folder");
  if (fs::exists(folder / "config.json")) return std::make_unique<HuggingFaceSource>(folder);
  if (fs::exists(folder / kCheckpointIndex)) {
    return std::make_unique<CheckpointSource>(Checkpoint(folder), std::vector<std::string>{});
  }
  if (!checkpoints_in(folder).empty()) return newest_checkpoint(folder);
  throw InputError({folder.string()},
                   "has neither a config.json as Hugging Face's models have, nor checkpoints of "
                   "the trainer (step-…)");
}

std::unique_ptr<WeightSource> drawn_weights(const Architecture& model, std::uint64_t seed) {
  return std::make_unique<DrawnSource>(model, seed);
}

WeightReader::WeightReader(const WeightSource& source)
    : source_(source), slots_(slots_of(source.model(), ModelSlice::whole(source.model()))) {}

at::Tensor WeightReader::joined(const std::string& first, std::size_t count) const {
  if (first.empty()) return {};
  const auto found = std::ranges::find(slots_, first, &Slot::name);
  CHECK(found != slots_.end(), "{} has no parameter {}", model().name, first);
  std::vector<at::Tensor> parts;
  for (auto slot = found; slot != found + static_cast<std::ptrdiff_t>(count); ++slot) {
    parts.push_back(source_.read(*slot));
  }
  return count == 1 ? parts.front() : at::cat(parts);
}

at::Tensor WeightReader::vector(const std::string& first, std::size_t count) const {
  const at::Tensor numbers = joined(first, count);
  return numbers.defined() ? numbers.to(at::kFloat, /*non_blocking=*/false, /*copy=*/true)
                           : numbers;
}

}  // namespace tandem

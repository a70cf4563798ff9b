// The model that serves: GPT-2 and LLaMA on processors, whose keys and values lie in blocks. All
// tokens of a step go through each weight together; what a token gives does not depend on which
// others those are, to the last bit. No LibTorch in this header.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "executor/infer/model_options.h"
#include "executor/serve/language_model.h"
#include "workloads/catalog/architecture.h"

namespace tandem {

class WeightSource;

/// Used by one thread at a time.
class PagedModel final : public LanguageModel {
 public:
  /// Throws InputError if `memory_bytes` hold no block, for a precision that is not computed, or
  /// for an end of text that the model does not know.
  PagedModel(const WeightSource& weights, const PagedModelOptions& options);
  ~PagedModel() override;

  std::uint32_t block_tokens() const override;
  std::int64_t blocks() const override;
  std::int64_t context() const override;
  std::int64_t vocabulary() const override;

  /// Parts have tokens of the vocabulary at positions of the context, in blocks that are there.
  /// Throws std::runtime_error if what was computed is no number: weights are damaged, or too large
  /// for the precision.
  std::vector<GivenToken> compute(std::span<const StepPart> parts) override;

  std::vector<std::byte> copy_out(std::span<const BlockNumber> blocks) override;
  void copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks) override;

  const Architecture& architecture() const;
  /// Of the matrices that every step reads.
  std::int64_t weight_bytes() const;
  /// What was passed over when the weights were read, in words for the user.
  const std::vector<std::string>& warnings() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// From a folder with Hugging Face's config.json and weights, or of the trainer's checkpoints.
/// Throws InputError for what is missing, malformed, or not computed.
std::unique_ptr<PagedModel> load_paged_model(const std::filesystem::path& folder,
                                             const PagedModelOptions& options);
/// With the weights a training run of that seed begins with: for tests of load.
std::unique_ptr<PagedModel> draw_paged_model(const Architecture& model, std::uint64_t seed,
                                             const PagedModelOptions& options);

}  // namespace tandem

// The model that serves on a device other than a processor: what PagedModel is on processors, with
// keys and values in blocks of the same form. The likeliest token is chosen on the device; drawn
// ones, and those with log probabilities, by the host from copied logits, as everywhere.
//
// What a token gives may depend in its last bits on how many are computed beside it: matrix
// products are cuBLAS's there, which computes in another order for other numbers of rows.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "executor/infer/model_options.h"
#include "executor/serve/language_model.h"
#include "workloads/catalog/architecture.h"

namespace tandem {

class KernelRunner;
class WeightSource;

/// Used by one thread at a time.
class DeviceModel final : public LanguageModel {
 public:
  /// `runner` runs kernels on `device`, a name as LibTorch has it. Throws InputError as PagedModel
  /// does.
  DeviceModel(const WeightSource& weights, const PagedModelOptions& options,
              const std::string& device, std::unique_ptr<KernelRunner> runner);
  ~DeviceModel() override;

  std::uint32_t block_tokens() const override;
  std::int64_t blocks() const override;
  std::int64_t context() const override;
  std::int64_t vocabulary() const override;

  /// As PagedModel's. Whatever is the matter with the device is thrown, too.
  std::vector<GivenToken> compute(std::span<const StepPart> parts) override;

  /// The same bytes as PagedModel's.
  std::vector<std::byte> copy_out(std::span<const BlockNumber> blocks) override;
  void copy_in(std::span<const std::byte> saved, std::span<const BlockNumber> blocks) override;

  const Architecture& architecture() const;
  /// Of the matrices that every step reads.
  std::int64_t weight_bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem

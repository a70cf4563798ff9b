// Which rows of text a rank learns from and is judged by, as tensors.
#pragma once

#include <cstdint>
#include <filesystem>

#include "executor/data/token_text.h"
#include "executor/spec/training_spec.h"
#include "executor/train/batch.h"

namespace tandem {

class Rows {
 public:
  /// Throws InputError as TokenText does, and for text of more tokens than the model knows.
  Rows(const TrainingSpec& spec, const std::filesystem::path& cache, const at::Device& device);

  /// Rows `first` and on of the batch of step `step`, each from 0. The order follows from the seed,
  /// the step and the place in the batch, whoever asks.
  MicroBatch training(std::int64_t step, std::int64_t first, std::int64_t count) const;
  /// Of the rows held out; weights make the losses of all of them their mean.
  MicroBatch held_out(std::int64_t first, std::int64_t count) const;
  std::int64_t held_out() const { return held_out_; }
  const at::Device& device() const { return device_; }

 private:
  MicroBatch batch(std::int64_t count, std::int64_t of) const;
  void put(TextPart part, std::int64_t row, std::int64_t place, MicroBatch& batch) const;
  MicroBatch on_device(MicroBatch batch) const;

  const Layout layout_;
  const at::Device device_;
  const TokenText text_;
  const RowOrder order_;
  std::int64_t held_out_;  ///< TrainingSpec::rows at most.
};

}  // namespace tandem

// What a training job can go on from: a folder step-00000300 with one file for each slice of the
// model and an index. It is written under another name, put on the disk and renamed, so that a
// folder of that name is whole; and any layout reads what it needs of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "executor/spec/training_spec.h"
#include "executor/train/optimizer.h"

namespace tandem {

/// The numbers of one rank's slice, as long as the flat buffers: to write, or to be filled.
struct SliceState {
  const std::vector<Slot>& slots;
  ModelSlice slice;
  at::Tensor parameters;
  Moments moments;  ///< Undefined: not read.
};

/// Writes one checkpoint. Of all ranks, one calls begin(); then one rank of each slice write();
/// then one finish(). Throws std::system_error or std::filesystem::filesystem_error if the disk
/// does not take it.
class CheckpointWriter {
 public:
  /// Of the state after `step` steps.
  CheckpointWriter(const std::filesystem::path& folder, std::int64_t step);

  /// Clears away what writers that died have left.
  void begin() const;
  void write(const SliceState& state, std::int64_t stage) const;
  /// Durable when it returns. Of whole checkpoints the newest two are kept.
  void finish(const TrainingSpec& spec) const;

 private:
  const std::filesystem::path folder_;
  const std::int64_t step_;
  const std::filesystem::path partial_;
};

class Checkpoint {
 public:
  /// The newest in `folder` that is whole, if there is one. `warnings` gets a line for each that is
  /// passed over, with its reason.
  static std::optional<Checkpoint> newest(const std::filesystem::path& folder,
                                          std::vector<std::string>& warnings);
  /// Throws InputError if it is not whole: every byte is looked at.
  explicit Checkpoint(const std::filesystem::path& path);
  Checkpoint(Checkpoint&&) noexcept;
  ~Checkpoint();

  std::int64_t step() const { return step_; }
  /// Of the job that wrote it.
  const TrainingSpec& spec() const { return spec_; }
  /// Fills the buffers of any slice. Throws InputError for a parameter that the checkpoint does not
  /// have, or has in another shape.
  void read(SliceState& state) const;
  /// A whole parameter. Throws InputError likewise.
  at::Tensor read(const Slot& slot) const;

 private:
  class Files;

  std::filesystem::path path_;
  std::int64_t step_ = 0;
  TrainingSpec spec_;
  std::unique_ptr<Files> files_;
};

/// The recipe in 64 bits: equal for equal recipes.
std::string recipe_hash(const Recipe& recipe);

}  // namespace tandem

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "executor/train/checkpoint.h"
#include "executor/train/checkpoint_form.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

nlohmann::json read_index(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw InputError({path.string()}, "there is none");
  const auto index = nlohmann::json::parse(in, nullptr, false);
  const bool ours = index.is_object() && index.value("tandem_checkpoint", 0) == kCheckpointForm &&
                    index.contains("step") && index["step"].is_number_integer() &&
                    index.contains("spec");
  if (!ours) {
    throw InputError({path.string()},
                     fmt::format("is no index of a checkpoint of form {}", kCheckpointForm));
  }
  return index;
}

/// A view of the mapped file.
at::Tensor tensor_of(const TensorEntry& entry) {
  // LibTorch has no tensors that must not be written to; these are only read.
  void* const data = const_cast<std::byte*>(entry.data.data());
  return at::from_blob(data, entry.shape, at::kFloat);
}

}  // namespace

/// One file for each (tensor rank, stage) of the layout that wrote them.
class Checkpoint::Files {
 public:
  Files(const std::filesystem::path& folder, const Layout& layout, std::int64_t step)
      : folder_(folder), tensor_(layout.tensor), stages_(layout.pipeline) {
    for (std::int64_t rank = 0; rank < tensor_; ++rank) {
      for (std::int64_t stage = 0; stage < stages_; ++stage) {
        const std::filesystem::path path = folder / slice_name(rank, stage);
        const auto& file = files_.emplace_back(std::make_unique<SafetensorsFile>(path));
        const auto said = [&](const char* key) {
          const auto found = file->metadata().find(key);
          return found == file->metadata().end() ? std::string() : found->second;
        };
        if (said("step") != std::to_string(step)) {
          throw InputError({path.string()}, fmt::format("is not of step {}", step));
        }
        if (said("checksum") != checksum(file->tensors())) {
          throw InputError({path.string()}, "is damaged: its checksum is another");
        }
      }
    }
  }

  /// A whole parameter, put together again from tensors of its name behind `prefix`.
  at::Tensor whole(const std::string& prefix, const Slot& slot) const {
    if (slot.cut.dimension < 0 || tensor_ == 1) return piece(prefix, slot, 0, slot.whole_shape);
    std::vector<std::int64_t> shape(slot.whole_shape);
    shape[static_cast<std::size_t>(slot.cut.dimension)] /= tensor_;
    at::Tensor all = at::empty(slot.whole_shape, at::kFloat);
    for (int rank = 0; rank < static_cast<int>(tensor_); ++rank) {
      put_back(piece(prefix, slot, rank, shape), slot, rank, static_cast<int>(tensor_), all);
    }
    return all;
  }

  /// Fills a slot's place in a flat buffer.
  void read(const std::string& prefix, const Slot& slot, const ModelSlice& slice,
            at::Tensor& flat) const {
    at::Tensor place = flat.narrow(0, slot.offset, slot.numbers()).view(slot.shape);
    place.copy_(cut(whole(prefix, slot), slot, slice.tensor_rank, slice.tensor_size));
  }

 private:
  /// What one of the writer's tensor ranks had, in whichever stage.
  at::Tensor piece(const std::string& prefix, const Slot& slot, std::int64_t rank,
                   const std::vector<std::int64_t>& shape) const {
    const std::string name = prefix + slot.name;
    for (std::int64_t stage = 0; stage < stages_; ++stage) {
      const TensorMap& tensors =
          files_[static_cast<std::size_t>(rank * stages_ + stage)]->tensors();
      const auto found = tensors.find(name);
      if (found == tensors.end()) continue;
      const TensorEntry& entry = found->second;
      if (entry.type == NumberType::kF32 && entry.shape == shape) return tensor_of(entry);
      throw InputError(
          {(folder_ / slice_name(rank, stage)).string()},
          fmt::format("{} is {} of [{}]; the job's model has F32 of [{}]", name,
                      name_of(entry.type), fmt::join(entry.shape, ", "), fmt::join(shape, ", ")));
    }
    throw InputError({folder_.string()},
                     fmt::format("has no {}: it was written for another model", name));
  }

  std::filesystem::path folder_;
  std::int64_t tensor_, stages_;
  std::vector<std::unique_ptr<SafetensorsFile>> files_;
};

Checkpoint::Checkpoint(const std::filesystem::path& path) : path_(path) {
  const nlohmann::json index = read_index(path / kCheckpointIndex);
  step_ = index.at("step");
  spec_ = training_spec_of(index.at("spec"));
  files_ = std::make_unique<Files>(path, spec_.layout, step_);
}

Checkpoint::Checkpoint(Checkpoint&&) noexcept = default;
Checkpoint::~Checkpoint() = default;

std::optional<Checkpoint> Checkpoint::newest(const std::filesystem::path& folder,
                                             std::vector<std::string>& warnings) {
  for (const std::filesystem::path& path : checkpoints_in(folder)) {
    try {
      return Checkpoint(path);
    } catch (const InputError& error) {
      warnings.push_back(fmt::format("passed over a checkpoint: {}", error.what()));
    }
  }
  return std::nullopt;
}

void Checkpoint::read(SliceState& state) const {
  for (const Slot& slot : state.slots) {
    files_->read("", slot, state.slice, state.parameters);
    if (!state.moments.first.defined()) continue;
    files_->read(kFirstMoment, slot, state.slice, state.moments.first);
    files_->read(kSecondMoment, slot, state.slice, state.moments.second);
  }
}

at::Tensor Checkpoint::read(const Slot& slot) const { return files_->whole("", slot); }

}  // namespace tandem

#include <fcntl.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <system_error>

#include "executor/files/durable_file.h"
#include "executor/train/checkpoint.h"
#include "executor/train/checkpoint_form.h"

namespace tandem {
namespace {

constexpr std::size_t kKept = 2;

TensorEntry entry_of(const at::Tensor& flat, const Slot& slot) {
  const at::Tensor numbers = flat.narrow(0, slot.offset, slot.numbers());
  const std::span all(numbers.data_ptr<float>(), static_cast<std::size_t>(numbers.numel()));
  return {NumberType::kF32, slot.shape, std::as_bytes(all)};
}

/// Where in the whole parameter the slice's numbers belong.
std::string cut_text(const Slot& slot, const ModelSlice& slice) {
  const auto dimension = static_cast<std::size_t>(slot.cut.dimension);
  const std::int64_t part = slot.whole_shape[dimension] / slot.cut.parts;
  const std::int64_t length = part / slice.tensor_size;
  std::vector<std::int64_t> begins;
  for (int i = 0; i < slot.cut.parts; ++i) begins.push_back(i * part + slice.tensor_rank * length);
  return nlohmann::json{
      {"shape", slot.whole_shape}, {"dimension", dimension}, {"begins", begins}, {"length", length}}
      .dump();
}

/// Makes the entries of a folder durable.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool synced = descriptor >= 0 && ::fsync(descriptor) == 0;
  const int error = errno;
  if (descriptor >= 0) ::close(descriptor);
  if (!synced) {
    throw std::system_error(error, std::generic_category(), "cannot write " + folder.string());
  }
}

}  // namespace

CheckpointWriter::CheckpointWriter(const std::filesystem::path& folder, std::int64_t step)
    : folder_(folder), step_(step), partial_(folder / (checkpoint_name(step) + ".partial")) {}

void CheckpointWriter::begin() const {
  std::filesystem::create_directories(folder_);
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::string extension = entry.path().extension();
    if (extension == ".partial" || extension == ".replaced") {
      std::filesystem::remove_all(entry.path());
    }
  }
  std::filesystem::create_directory(partial_);
}

void CheckpointWriter::write(const SliceState& state, std::int64_t stage) const {
  TensorMap tensors;
  TensorMetadata metadata{{"step", std::to_string(step_)}};
  for (const Slot& slot : state.slots) {
    tensors[slot.name] = entry_of(state.parameters, slot);
    tensors[kFirstMoment + slot.name] = entry_of(state.moments.first, slot);
    tensors[kSecondMoment + slot.name] = entry_of(state.moments.second, slot);
    if (slot.cut.dimension >= 0 && state.slice.tensor_size > 1) {
      metadata[slot.name] = cut_text(slot, state.slice);
    }
  }
  metadata["checksum"] = checksum(tensors);
  write_safetensors(partial_ / slice_name(state.slice.tensor_rank, stage), tensors, metadata);
}

void CheckpointWriter::finish(const TrainingSpec& spec) const {
  const nlohmann::json index{{"tandem_checkpoint", kCheckpointForm},
                             {"step", step_},
                             {"seed", spec.recipe.seed},
                             {"recipe_hash", recipe_hash(spec.recipe)},
                             {"spec", to_json(spec)}};
  const std::string text = index.dump(2) + "\n";
  DurableFile file(partial_ / kCheckpointIndex);
  file.write(std::as_bytes(std::span(text)));
  file.commit();

  const std::filesystem::path final = folder_ / checkpoint_name(step_);
  const std::filesystem::path replaced = folder_ / (checkpoint_name(step_) + ".replaced");
  if (std::filesystem::exists(final)) std::filesystem::rename(final, replaced);
  std::filesystem::rename(partial_, final);
  sync_folder(folder_);

  std::filesystem::remove_all(replaced);
  const auto all = checkpoints_in(folder_);
  for (std::size_t i = kKept; i < all.size(); ++i) std::filesystem::remove_all(all[i]);
}

std::string recipe_hash(const Recipe& recipe) {
  TrainingSpec spec;
  spec.recipe = recipe;
  return checksum(to_json(spec).at("recipe").dump());
}

}  // namespace tandem

#include "executor/train/hugging_face.h"

#include <ATen/ops/from_blob.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>

#include "executor/files/durable_file.h"
#include "executor/tensors/safetensors.h"
#include "executor/train/hugging_face_config.h"
#include "policies/core/error.h"

namespace tandem {
namespace {

nlohmann::json read_json(const std::filesystem::path& path) {
  std::ifstream in(path);
  if (!in) throw InputError({path.string()}, "there is none");
  nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object()) throw InputError({path.string()}, "is no JSON object");
  return json;
}

at::ScalarType type_of(NumberType type, const std::string& name) {
  switch (type) {
    case NumberType::kF32: return at::kFloat;
    case NumberType::kF16: return at::kHalf;
    case NumberType::kBf16: return at::kBFloat16;
    default: break;
  }
  throw InputError(
      fmt::format("{} is of type {}; F32, F16 and BF16 are read", name, name_of(type)));
}

}  // namespace

Architecture read_hugging_face(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "config.json";
  return architecture_of(read_json(path), path.string());
}

HuggingFaceWeights::HuggingFaceWeights(const std::filesystem::path& folder) : folder_(folder) {
  const std::filesystem::path index = folder / "model.safetensors.index.json";
  if (!std::filesystem::exists(index)) {
    open("model.safetensors");
    return;
  }
  const nlohmann::json json = read_json(index);
  if (!json.contains("weight_map") || !json["weight_map"].is_object()) {
    throw InputError({index.string()}, "'weight_map' is missing");
  }
  for (const auto& [name, file] : json["weight_map"].items()) {
    if (!file.is_string()) throw InputError({index.string()}, name + " is in no file");
    open(file.get<std::string>());
  }
}

void HuggingFaceWeights::open(const std::string& name) {
  auto& file = files_[name];
  if (!file) file = std::make_unique<SafetensorsFile>(folder_ / name);
}

const TensorEntry* HuggingFaceWeights::find(const std::string& name) const {
  for (const auto& [_, file] : files_) {
    const auto found = file->tensors().find(name);
    if (found != file->tensors().end()) return &found->second;
  }
  return nullptr;
}

at::Tensor HuggingFaceWeights::read(const Slot& slot) const {
  // The published weights of GPT-2 lack the first word of each name.
  constexpr std::string_view kPrefix = "transformer.";
  const TensorEntry* entry = find(slot.name);
  if (entry == nullptr && slot.name.starts_with(kPrefix)) {
    entry = find(slot.name.substr(kPrefix.size()));
  }
  if (entry == nullptr) throw InputError({folder_.string()}, "has no " + slot.name);
  if (entry->shape != slot.whole_shape) {
    throw InputError({folder_.string()},
                     fmt::format("{} is [{}]; config.json makes it [{}]", slot.name,
                                 fmt::join(entry->shape, ", "), fmt::join(slot.whole_shape, ", ")));
  }
  // LibTorch has no tensors that must not be written to; this is only read.
  void* const data = const_cast<std::byte*>(entry->data.data());
  return at::from_blob(data, entry->shape, type_of(entry->type, slot.name));
}

void read_hugging_face(const std::filesystem::path& folder, const ModelSlice& slice,
                       FlatParameters& parameters) {
  const HuggingFaceWeights weights(folder);
  for (const Slot& slot : parameters.slots()) {
    parameters.parameter(slot.name).master.copy_(
        cut(weights.read(slot), slot, slice.tensor_rank, slice.tensor_size));
  }
  parameters.refresh();
}

void write_hugging_face(const std::filesystem::path& folder, const Architecture& model,
                        const FlatParameters& parameters) {
  std::filesystem::create_directories(folder);
  TensorMap tensors;
  for (const Slot& slot : parameters.slots()) {
    const at::Tensor numbers = parameters.parameter(slot.name).master;
    const std::span all(numbers.data_ptr<float>(), static_cast<std::size_t>(numbers.numel()));
    tensors[slot.name] = {NumberType::kF32, slot.shape, std::as_bytes(all)};
  }
  write_safetensors(folder / "model.safetensors", tensors, {{"format", "pt"}});
  const std::string text = config_of(model).dump(2) + "\n";
  DurableFile file(folder / "config.json");
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

}  // namespace tandem

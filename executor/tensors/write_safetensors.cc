// The same bytes as the reference implementation writes for the same tensors: types from the last
// to the first, names in order, the head filled up to 8 bytes.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "executor/files/durable_file.h"
#include "executor/tensors/safetensors_head.h"
#include "policies/core/check.h"

namespace tandem {
namespace {

using Place = TensorMap::const_iterator;

std::vector<Place> in_file_order(const TensorMap& tensors) {
  std::vector<Place> places;
  for (auto place = tensors.begin(); place != tensors.end(); ++place) places.push_back(place);
  std::ranges::stable_sort(places, std::greater<>(),
                           [](Place place) { return place->second.type; });
  return places;
}

std::string head_of(const std::vector<Place>& places, const TensorMetadata& metadata) {
  nlohmann::ordered_json head = nlohmann::ordered_json::object();
  if (!metadata.empty()) head[kMetadataKey] = metadata;
  std::uint64_t offset = 0;
  for (const Place& place : places) {
    const auto& [name, tensor] = *place;
    CHECK(name != kMetadataKey, "a tensor named {}", name);
    CHECK(tensor_bytes(tensor.type, tensor.shape) == tensor.data.size(),
          "tensor {}: {} bytes are not those of its shape", name, tensor.data.size());
    const std::uint64_t begin = offset;
    offset += tensor.data.size();
    head[name] = {{"dtype", name_of(tensor.type)},
                  {"shape", tensor.shape},
                  {"data_offsets", {begin, offset}}};
  }
  std::string text = head.dump();
  constexpr std::size_t kAligned = 8;
  text.resize((text.size() + kAligned - 1) / kAligned * kAligned, ' ');
  CHECK(text.size() <= kMostHeadBytes, "a head of {} bytes", text.size());
  return text;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const TensorMetadata& metadata) {
  const std::vector<Place> places = in_file_order(tensors);
  const std::string head = head_of(places, metadata);
  const std::uint64_t length = head.size();
  DurableFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(std::as_bytes(std::span(head)));
  for (const Place& place : places) file.write(place->second.data);
  file.commit();
}

}  // namespace tandem

// What a safetensors file says of itself, held against what is there. Apart from the file, so that
// it can be tried with any bytes.
#pragma once

#include <optional>

#include "executor/tensors/safetensors.h"

namespace tandem {

/// The format's own limit.
inline constexpr std::uint64_t kMostHeadBytes = 100'000'000;
/// The one name that is no tensor's.
inline constexpr std::string_view kMetadataKey = "__metadata__";

struct SafetensorsHead {
  TensorMap tensors;  ///< Their data are parts of the bytes that were read.
  TensorMetadata metadata;
};

/// Throws InputError, naming `file`, unless every byte belongs to the head or to one tensor.
SafetensorsHead read_safetensors(std::string_view bytes, const std::string& file);

std::optional<NumberType> number_type_named(std::string_view name);
std::vector<std::string> number_type_names();
/// Bytes of a tensor; nothing if that is no number of 63 bits or a side is negative.
std::optional<std::uint64_t> tensor_bytes(NumberType type, std::span<const std::int64_t> shape);

}  // namespace tandem

// Files of named tensors as Hugging Face's safetensors has them: 8 bytes of length, a JSON head,
// raw numbers. Read by mmap with every offset checked; written to a temporary file, then renamed.
// https://github.com/huggingface/safetensors (Apache-2.0), README, "Format".
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// In the order of the reference implementation: tensors of later types come first in a file, so
/// that all of them are aligned.
enum class NumberType : std::uint8_t { kBool, kU8, kI8, kI16, kF16, kBf16, kI32, kF32, kF64, kI64 };
std::string_view name_of(NumberType type);  ///< "F32"
std::size_t bytes_of(NumberType type);

struct TensorEntry {
  NumberType type = NumberType::kF32;
  std::vector<std::int64_t> shape;  ///< Row by row; empty: one number.
  std::span<const std::byte> data;
};
using TensorMap = std::map<std::string, TensorEntry, std::less<>>;
using TensorMetadata = std::map<std::string, std::string, std::less<>>;

/// A file to read. What it hands out lives as long as it does.
class SafetensorsFile {
 public:
  /// Throws InputError for what is no whole file of this form.
  explicit SafetensorsFile(const std::filesystem::path& path);
  ~SafetensorsFile();
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;

  const TensorMap& tensors() const;
  const TensorMetadata& metadata() const;
  /// Throws InputError with the nearest name if there is none.
  const TensorEntry& tensor(std::string_view name) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a file; durable when it returns, and whole or not there. Names and metadata are UTF-8;
/// the data of a tensor has the length that follows from its shape. Throws std::system_error if the
/// disk does not take it.
void write_safetensors(const std::filesystem::path& path, const TensorMap& tensors,
                       const TensorMetadata& metadata);

}  // namespace tandem

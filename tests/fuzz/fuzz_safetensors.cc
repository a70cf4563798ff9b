// Fuzzes the reader of safetensors heads: whatever it lets pass lies inside the file, once.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "executor/tensors/safetensors_head.h"
#include "policies/core/error.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  try {
    const SafetensorsHead head =
        read_safetensors({reinterpret_cast<const char*>(data), size}, "fuzz");
    const auto* begin = reinterpret_cast<const std::byte*>(data);
    std::size_t covered = 0;
    for (const auto& [name, tensor] : head.tensors) {
      const auto bytes = tensor.data;
      require(bytes.empty() ||
                  (bytes.data() >= begin + 8 && bytes.data() + bytes.size() <= begin + size),
              "tensors lie in the file");
      require(tensor_bytes(tensor.type, tensor.shape) == bytes.size(), "shapes are their bytes");
      covered += bytes.size();
    }
    require(covered + 8 <= size, "no byte is of two tensors");
  } catch (const InputError&) {
  }
  return 0;
}

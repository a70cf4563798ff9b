// Fuzzes the reader of shards: the numbers it hands out are all those behind the head.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "executor/data/shard.h"
#include "policies/core/error.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  // As a mapping, it begins where numbers may.
  std::vector<std::uint32_t> aligned((size + 3) / 4);
  const auto bytes = std::as_writable_bytes(std::span(aligned));
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(data[i]);
  try {
    const Numbers numbers =
        read_shard({reinterpret_cast<const char*>(aligned.data()), size}, "fuzz");
    std::visit([&](auto span) { require(span.size_bytes() + 1024 == size, "all behind the head"); },
               numbers);
  } catch (const InputError&) {
  }
  return 0;
}

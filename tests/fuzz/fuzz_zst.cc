// Fuzzes the unpacking of compressed traces, and the reader behind it.

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/trace_target.h"
#include "workloads/traces/text_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  constexpr std::size_t kMost = std::size_t{1} << 20U;
  std::string text;
  try {
    text = unpack_zst({reinterpret_cast<const char*>(data), size}, "fuzz", kMost);
  } catch (const InputError& error) {
    require(is_utf8(error.what()), "messages are UTF-8");
  }
  require(text.size() <= kMost, "the limit holds");
  fuzz_trace(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
             TraceFormat::kNative);
  return 0;
}

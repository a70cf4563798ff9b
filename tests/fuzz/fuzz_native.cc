// Fuzzes the reader of our own job table.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/trace_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tandem::fuzz_trace(data, size, tandem::TraceFormat::kNative);
  return 0;
}

// Fuzzes the reader of openb pod lists.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/trace_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tandem::fuzz_trace(data, size, tandem::TraceFormat::kOpenb);
  return 0;
}

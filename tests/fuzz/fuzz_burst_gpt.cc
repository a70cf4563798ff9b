// Fuzzes the reader of the BurstGPT requests.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/request_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tandem::fuzz_requests(data, size, tandem::RequestFormat::kBurstGpt);
  return 0;
}

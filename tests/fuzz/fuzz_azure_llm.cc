// Fuzzes the reader of the Azure requests.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/request_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tandem::fuzz_requests(data, size, tandem::RequestFormat::kAzureLlm);
  return 0;
}

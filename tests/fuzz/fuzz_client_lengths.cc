// Fuzzes the reader of ServeGen's histograms.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/request_target.h"
#include "workloads/requests/servegen.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  fuzz_reader(data, size, [](std::string_view text) {
    for (const LengthWindow& window : read_client_lengths(text, "fuzz")) {
      for (const std::uint32_t tokens : window.prompt.values()) {
        require(tokens >= 1 && tokens <= kMostTokens, "lengths are at least 1");
      }
    }
  });
  return 0;
}

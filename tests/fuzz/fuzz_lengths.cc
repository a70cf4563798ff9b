// Fuzzes the reader of tables and JSON lines of lengths.

#include <cstddef>
#include <cstdint>

#include "tests/fuzz/request_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tandem::fuzz_reader(data, size, [](std::string_view text) {
    const auto table = tandem::read_lengths(text, "fuzz", tandem::RequestFormat::kShareGpt);
    tandem::require(!table.rows.empty(), "a table has rows");
    for (const tandem::Lengths& row : table.rows) {
      tandem::require(row.prompt_tokens >= 1 && row.output_tokens >= 1, "lengths are at least 1");
    }
  });
  return 0;
}

// Fuzzes the reader of suites of comparisons.

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "cli/comparing/suite.h"
#include "policies/core/error.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const Suite suite = parse_suite(text, "fuzz", "folder");
    require(!suite.cases.empty(), "a suite has cases");
    require(suite.confidence > 0.5 && suite.confidence < 1, "a confidence is a share");
    for (const SuiteCase& one : suite.cases) {
      require(!one.name.empty() && !one.seeds.empty(), "cases have a name and seeds");
    }
  } catch (const InputError& error) {
    require(*error.what() != '\0', "messages say something");
  }
  return 0;
}

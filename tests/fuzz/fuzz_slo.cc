// Fuzzes the reader of promises: whatever the text, a promise that means something or an
// InputError.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/core/error.h"
#include "reports/planning/slo.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const tandem::Slo slo = tandem::parse_slo(text, {{"chat"}, {"research"}});
    tandem::require(std::isfinite(slo.bound) && slo.bound >= 0, "a bound is a number, 0 or more");
    tandem::require(slo.is_met(slo.bound) != slo.is_met(slo.is_ceiling() ? HUGE_VAL : -HUGE_VAL) ||
                        slo.comparison == tandem::Slo::Comparison::kLess ||
                        slo.comparison == tandem::Slo::Comparison::kMore,
                    "a bound divides");
    tandem::require(!slo.text().empty() && slo.strain(slo.bound) >= 0, "a bound can be told");
  } catch (const tandem::InputError&) {
  }
  return 0;
}

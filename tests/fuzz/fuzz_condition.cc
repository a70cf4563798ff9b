// Fuzzes the reader of conditions, such as "jct.mean > +2 %".

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "reports/comparing/condition.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tandem;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const Condition condition = parse_condition(text, {"fuzz", 1, 1});
    require(!condition.figure.empty(), "a condition has a figure");
    require(std::isfinite(condition.bound.amount), "a bound is finite");
    PairedEstimate estimate;
    estimate.value = {1, 2};
    estimate.difference = estimate.relative = Interval{0.5, 1.5};
    estimate.head = Interval{1.5, 2.5};
    const GateOutcome outcome = outcome_of(condition, estimate);
    require(!gate_outcome_name(outcome).empty(), "there is an outcome");
  } catch (const InputError& error) {
    require(std::string_view(error.what()).starts_with("fuzz:1:"), "messages have a place");
  }
  return 0;
}

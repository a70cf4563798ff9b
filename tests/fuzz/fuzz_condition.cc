// Fuzzes the reader of conditions and what is made of them: promises ("wait.p95 < 30 min") and
// gates ("jct.mean > +2 %"). Whatever the text, something that means something or an InputError
// with its place.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reports/comparing/gate.h"
#include "reports/planning/slo.h"
#include "tests/fuzz/require.h"

namespace tandem {
namespace {

/// Of a tenant, a pipeline, a service, and a tenant and a service of one name.
const std::vector<NamedFigure>& figures() {
  static const std::vector<NamedFigure> all = [] {
    RunResult names;
    for (const char* name : {"red", "research/a", "both"}) names.tenants.emplace_back().name = name;
    names.pipelines.emplace_back().name = "nightly";
    for (const char* name : {"chat", "both"}) names.services.emplace_back().name = name;
    return named_figures(names);
  }();
  return all;
}

void read_gate(std::string_view text) {
  const Condition condition = parse_condition(text, {"fuzz", 1, 1});
  require(!condition.figure.empty(), "a condition has a figure");
  require(std::isfinite(condition.bound.amount), "a bound is finite");
  require(condition.holds(condition.is_above() ? HUGE_VAL : -HUGE_VAL), "a condition can hold");
  PairedEstimate estimate;
  estimate.value = {1, 2};
  estimate.difference = estimate.relative = Interval{0.5, 1.5};
  estimate.head = Interval{1.5, 2.5};
  require(!gate_outcome_name(outcome_of(condition, estimate)).empty(), "there is an outcome");
  const NamedFigure& figure = figure_of(condition, figures());
  require(figure.name == condition.figure || figure.full_name == condition.figure,
          "a condition is about the figure that it names");
}

void read_promise(std::string_view text) {
  const Slo slo = parse_slo(text, figures());
  require(std::isfinite(slo.bound()) && slo.bound() >= 0, "a bound is a number, 0 or more");
  require(!slo.is_met(slo.is_ceiling() ? HUGE_VAL : -HUGE_VAL), "a promise can be broken");
  require(!slo.text().empty() && slo.strain(slo.bound()) >= 0, "a bound can be told");
}

}  // namespace
}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using tandem::InputError;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    tandem::read_gate(text);
  } catch (const InputError& error) {
    tandem::require(std::string_view(error.what()).starts_with("fuzz:1:"), "messages have a place");
  }
  try {
    tandem::read_promise(text);
  } catch (const InputError& error) {
    tandem::require(std::string_view(error.what()).starts_with("--slo:1:"), "and these, too");
  }
  return 0;
}

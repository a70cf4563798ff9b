// Fuzzes the readers of measured tables, and what is computed from what they let pass. The first
// byte, a letter from d to h in the corpus, says which kind of table the rest is.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policies/core/error.h"
#include "tests/fuzz/require.h"
#include "tests/unit/perf/serving/toy.h"
#include "workloads/perf/serving/fitted_cost.h"
#include "workloads/traces/names.h"

namespace tandem {
namespace {

void check_attention(std::string_view text) {
  const Toy toy;
  EngineTables tables = toy_tables();
  tables.attention = AttentionTable(read_attention(text, "fuzz"));
  const TableCost cost(toy.model, toy.machine, {}, kNoEngine, std::move(tables));
  for (const std::int64_t requests : {0, 1, 3, 64}) {
    for (const std::int64_t prompt : {0, 1, 100}) {
      if (requests + prompt == 0) continue;
      BatchShape shape = prompt == 0 ? BatchShape{} : prefill_shape(prompt);
      shape.decode_requests = requests;
      for (shape.decode_context = requests; shape.decode_context < 10'000;
           shape.decode_context = shape.decode_context * 2 + 1) {
        const StepLine line = cost.line(shape);
        require(line.holds_below > shape.decode_context, "a line holds where it was asked for");
        require(line.at(shape.decode_context) > 0, "steps take time");
        if (requests == 0) break;
      }
    }
  }
}

void check_curves(const LayerCurves& curves) {
  for (const auto& [name, curve] : curves) {
    require(is_name(name), "layers have names");
    for (const double x : {0.0, 1.0, 7.0, 1e6}) {
      require(curve.at(x) > 0, "layers take time");
    }
  }
}

void read(std::uint8_t kind, std::string_view text) {
  switch (kind % 5) {
    case 0: return check_curves(read_layer_curves(text, "fuzz", "tokens"));
    case 1: return check_attention(text);
    case 2: return require(std::isfinite(read_experts(text, "fuzz").at(3, 2)), "times are finite");
    case 3: return require(read_all_reduce(text, "fuzz").at(4096) > 0, "all-reduces take time");
    default: return require(fit_coefficients(text, "fuzz").mean_error >= 0, "errors are numbers");
  }
}

}  // namespace
}  // namespace tandem

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  try {
    tandem::read(data[0], {reinterpret_cast<const char*>(data) + 1, size - 1});
  } catch (const tandem::InputError& error) {
    tandem::require(tandem::is_utf8(error.what()), "messages are UTF-8");
  }
  return 0;
}

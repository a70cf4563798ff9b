// What one evaluation of a serving engine's step costs: it is asked whenever a batch changes.
#include <benchmark/benchmark.h>

#include "tests/unit/perf/serving/toy.h"
#include "workloads/perf/serving/fitted_cost.h"
#include "workloads/perf/serving/roofline_cost.h"

namespace tandem {
namespace {

/// Asks for lines of batches that change from call to call.
void ask(benchmark::State& state, const StepCost& cost, bool prompts) {
  BatchShape shape = prompts ? prefill_shape(512) : BatchShape{};
  std::int64_t requests = 0;
  for (auto _ : state) {
    requests = requests % 250 + 1;
    shape.decode_requests = shape.sampled = requests;
    shape.decode_context = requests * 700 + 13;
    benchmark::DoNotOptimize(cost.line(shape));
  }
}

void roofline(benchmark::State& state, const char* model, std::int64_t tensor, bool prompts) {
  const Catalog& catalog = built_in_catalog();
  const Machine machine = usual_machine(catalog, catalog.device("h100-sxm"));
  ServingLayout layout;
  layout.tensor = tensor;
  const RooflineCost cost(catalog.model(model), machine, layout, engine_profile("modern"));
  ask(state, cost, prompts);
}
BENCHMARK_CAPTURE(roofline, decode_8b, "llama-3.1-8b", 1, false);
BENCHMARK_CAPTURE(roofline, decode_70b_tp8, "llama-3.1-70b", 8, false);
BENCHMARK_CAPTURE(roofline, mixed_70b_tp8, "llama-3.1-70b", 8, true);
BENCHMARK_CAPTURE(roofline, mixed_mixtral, "mixtral-8x7b", 2, true);

/// As many points as profiles have.
EngineTables large_tables() {
  std::vector<AttentionPoint> points;
  for (double n = 1; n <= 256; n *= 2) {
    for (double kv = 16; kv <= 16384; kv *= 2) {
      points.push_back({0, 0, n, kv, 1e-9 * n * kv + 1e-5});
      for (double chunk = 16; chunk <= 2048; chunk *= 2) {
        for (double history = 16; history <= 16384; history *= 2) {
          const double key = history + chunk / 2;
          points.push_back({chunk, key, n, kv, 1e-9 * (n * kv + chunk * key) + 1e-5});
        }
      }
    }
  }
  for (double chunk = 16; chunk <= 2048; chunk *= 2) {
    points.push_back({chunk, 16 + chunk / 2, 0, 0, 1e-9 * chunk * chunk + 1e-5});
  }
  EngineTables tables = toy_tables();
  tables.attention = AttentionTable(points);
  return tables;
}

void tables(benchmark::State& state, bool prompts) {
  const Toy toy;
  const TableCost cost(toy.model, toy.machine, {}, kNoEngine, large_tables());
  ask(state, cost, prompts);
}
BENCHMARK_CAPTURE(tables, decode, false);
BENCHMARK_CAPTURE(tables, mixed, true);

void fitted(benchmark::State& state) {
  ask(state, FittedCost({1e-3, 2e-6, 1e-9, 1e-5, 3e-8}, "bench"), true);
}
BENCHMARK(fitted);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

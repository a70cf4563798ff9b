// What one evaluation of the step-time model costs, and a search over layouts.
#include <benchmark/benchmark.h>

#include "workloads/perf/layout_search.h"

namespace tandem {
namespace {

Machine machine_of(const char* device) {
  return usual_machine(built_in_catalog(), built_in_catalog().device(device));
}

void step_of_175b(benchmark::State& state) {
  const Architecture& model = built_in_catalog().model("gpt3-175b");
  const Machine machine = machine_of("a100-sxm-80g");
  Layout layout;
  layout.tensor = layout.pipeline = 8;
  layout.interleave = 3;
  layout.data = 16;
  layout.batch = 1024;
  layout.sequence_parallel = true;
  for (auto _ : state) benchmark::DoNotOptimize(step_time(model, machine, layout).seconds());
}
BENCHMARK(step_of_175b);

void step_of_mixtral(benchmark::State& state) {
  const Architecture& model = built_in_catalog().model("mixtral-8x7b");
  const Machine machine = machine_of("h100-sxm");
  Layout layout;
  layout.data = layout.expert = 8;
  layout.zero = 3;
  layout.batch = 64;
  for (auto _ : state) benchmark::DoNotOptimize(step_time(model, machine, layout).seconds());
}
BENCHMARK(step_of_mixtral);

void fit(benchmark::State& state) {
  const Architecture& model = built_in_catalog().model("llama-3.1-405b");
  const Machine machine = machine_of("h100-sxm");
  Layout layout;
  layout.batch = 8 * state.range(0);
  layout.sequence = 8192;
  for (auto _ : state) {
    benchmark::DoNotOptimize(search_layouts(model, machine, state.range(0), layout, 10));
  }
}
BENCHMARK(fit)->Arg(512)->Arg(16384)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

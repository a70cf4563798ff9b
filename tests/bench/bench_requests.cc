// What reading, replaying and drawing a request costs; "items" are requests.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <iterator>
#include <string>

#include "workloads/requests/request_generator.h"
#include "workloads/requests/trace_requests.h"

namespace tandem {
namespace {

constexpr std::int64_t kRows = 100'000;

std::string azure_text() {
  std::string text = "TIMESTAMP,ContextTokens,GeneratedTokens\n";
  for (std::int64_t i = 0; i < kRows; ++i) {
    fmt::format_to(std::back_inserter(text), "2023-11-16 {:02}:{:02}:{:02}.6805900,{},{}\n",
                   i / 3600 % 24, i / 60 % 60, i % 60, 100 + i % 4000, 1 + i % 500);
  }
  return text;
}

/// A prompt of twelve blocks each, the first of which all share.
std::string mooncake_text() {
  std::string text;
  for (std::int64_t i = 0; i < kRows; ++i) {
    fmt::format_to(std::back_inserter(text),
                   "{{\"timestamp\": {}, \"input_length\": 6000, \"output_length\": {}, "
                   "\"hash_ids\": [0",
                   i * 30, 1 + i % 500);
    for (std::int64_t k = 1; k < 12; ++k) {
      fmt::format_to(std::back_inserter(text), ", {}", i * 12 + k);
    }
    text += "]}\n";
  }
  return text;
}

void read(benchmark::State& state, const std::string& text, RequestFormat format) {
  for (auto _ : state) benchmark::DoNotOptimize(read_request_trace(text, "bench", format));
  state.SetItemsProcessed(state.iterations() * kRows);
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(text.size()));
}

void read_azure(benchmark::State& state) { read(state, azure_text(), RequestFormat::kAzureLlm); }
BENCHMARK(read_azure)->Unit(benchmark::kMillisecond);

void read_mooncake(benchmark::State& state) {
  read(state, mooncake_text(), RequestFormat::kMooncake);
}
BENCHMARK(read_mooncake)->Unit(benchmark::kMillisecond);

void replay(benchmark::State& state, const std::string& text, RequestFormat format) {
  auto play = std::make_shared<TracePlay>();
  play->trace = read_request_trace(text, "bench", format);
  play->tenants.resize(play->trace.tenants.size());
  play->rate = 10;
  RequestArrival request;
  for (auto _ : state) {
    const auto source = trace_requests(play, 1);
    while (source->next(request)) benchmark::DoNotOptimize(request);
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

void replay_azure(benchmark::State& state) {
  replay(state, azure_text(), RequestFormat::kAzureLlm);
}
BENCHMARK(replay_azure)->Unit(benchmark::kMillisecond);

void replay_mooncake(benchmark::State& state) {
  replay(state, mooncake_text(), RequestFormat::kMooncake);
}
BENCHMARK(replay_mooncake)->Unit(benchmark::kMillisecond);

RequestSettings settings_of(const ArrivalShape& arrival) {
  RequestSettings settings;
  settings.count = kRows;
  settings.arrival = arrival;
  settings.lengths = SeparateLengths{Distribution(LogNormal::by_mean_cv(1000, 1)),
                                     Distribution(LogNormal::by_mean_cv(200, 1))};
  return settings;
}

void draw(benchmark::State& state, const RequestSettings& settings) {
  const auto shared = std::make_shared<const RequestSettings>(settings);
  RequestArrival request;
  for (auto _ : state) {
    RequestGenerator generator(shared, 1);
    while (generator.next(request)) benchmark::DoNotOptimize(request);
  }
  state.SetItemsProcessed(state.iterations() * kRows);
}

void draw_poisson(benchmark::State& state) { draw(state, settings_of(PoissonArrivals{100})); }
BENCHMARK(draw_poisson)->Unit(benchmark::kMillisecond);

void draw_gamma(benchmark::State& state) { draw(state, settings_of(GammaArrivals{100, 3})); }
BENCHMARK(draw_gamma)->Unit(benchmark::kMillisecond);

void draw_everything(benchmark::State& state) {
  RequestSettings settings = settings_of(PoissonArrivals{100});
  settings.tenant = {{TenantId{0}, TenantId{1}, TenantId{2}}, {1, 2, 3}};
  settings.priority = {{0, 1}, {1, 1}};
  settings.terms.prediction = RoughPrediction{0.3};
  draw(state, settings);
}
BENCHMARK(draw_everything)->Unit(benchmark::kMillisecond);

void draw_sessions(benchmark::State& state) {
  RequestSettings settings = settings_of(PoissonArrivals{100});
  settings.system_prompt_tokens = 500;
  settings.sessions = SessionRule{Distribution(Exponential{5}), Distribution(Exponential{30})};
  draw(state, settings);
}
BENCHMARK(draw_sessions)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

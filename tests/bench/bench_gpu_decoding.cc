// Tokens a second of a LLaMA of 1.1 billion parameters that serves on one GPU in bf16, and what
// share of the memory's speed a decode step reaches: it reads all weights once, and the keys and
// values of every request. The speed is that of copying, measured in the same process.

#include <ATen/Context.h>
#include <ATen/ops/ones.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <numeric>
#include <vector>

#include "executor/infer/cache_shape.h"
#include "executor/infer/gpu_model.h"
#include "executor/infer/weights.h"
#include "workloads/catalog/catalog.h"

namespace tandem {
namespace {

constexpr const char* kModel = "tinyllama-1.1b";
constexpr std::uint32_t kContext = 512;
constexpr std::size_t kMostRequests = 256;
constexpr std::size_t kRequestBlocks = 34;  // Of 16 tokens: the context and what is decoded.
constexpr std::size_t kLongPrompt = 2048;

double seconds_of(const std::function<void()>& act) {
  const auto begun = std::chrono::steady_clock::now();
  act();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
}

CacheShape cache() { return cache_shape(built_in_catalog().model(kModel), Precision::kBf16, 16); }

/// Drawn once: that takes longer than all measurements.
DeviceModel& model() {
  static const auto model = [] {
    PagedModelOptions options;
    options.precision = Precision::kBf16;
    options.memory_bytes =
        cache().block_bytes() * static_cast<std::int64_t>(kMostRequests * kRequestBlocks);
    return make_gpu_model(*drawn_weights(built_in_catalog().model(kModel), 1), options, "cuda:0");
  }();
  return *model;
}

/// Bytes a second of copying a gigabyte, those read and those written.
double memory_speed() {
  const auto options = at::TensorOptions("cuda:0").dtype(at::kFloat);
  const at::Tensor from = at::ones({1 << 28}, options);
  at::Tensor to = at::ones({1 << 28}, options);
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < 10; ++i) {
    best = std::min(best, seconds_of([&] {
                            for (int times = 0; times < 5; ++times) to.copy_(from);
                            to[0].item();  // The host waits.
                          }) / 5);
  }
  return 2 * static_cast<double>(from.numel()) * 4 / best;
}

/// Requests with blocks of their own, all with the same text.
class Requests {
 public:
  explicit Requests(std::size_t count, std::size_t blocks) : tokens_(kLongPrompt, 7) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& held = blocks_.emplace_back(blocks);
      std::iota(held.begin(), held.end(), static_cast<BlockNumber>(i * blocks));
    }
  }
  /// `count` tokens of each, behind `computed`; greedy.
  void step(std::uint32_t computed, std::size_t count) { step(computed, count, blocks_); }
  /// The same for a few requests at a time, so that activations stay small.
  void prefill(std::uint32_t tokens) {
    for (std::size_t first = 0; first < blocks_.size(); first += 8) {
      step(0, tokens,
           std::span(blocks_).subspan(first, std::min<std::size_t>(8, blocks_.size() - first)));
    }
  }

 private:
  void step(std::uint32_t computed, std::size_t count,
            std::span<const std::vector<BlockNumber>> requests) {
    std::vector<StepPart> parts;
    for (const auto& held : requests) {
      parts.push_back({std::span(tokens_).first(count), computed, held, &wish_, 0});
    }
    benchmark::DoNotOptimize(model().compute(parts));
  }

  const std::vector<TokenId> tokens_;
  const Sampling wish_{.temperature = 0};
  std::vector<std::vector<BlockNumber>> blocks_;
};

double best_step(benchmark::State& state, const std::function<void()>& step) {
  for (int i = 0; i < 3; ++i) step();
  double best = std::numeric_limits<double>::infinity();
  for (auto _ : state) best = std::min(best, seconds_of(step));
  return best;
}

void decode(benchmark::State& state) {
  if (!at::globalContext().hasCUDA()) return state.SkipWithError("no GPU on this machine");
  const auto batch = static_cast<std::size_t>(state.range(0));
  Requests requests(batch, kRequestBlocks);
  requests.prefill(kContext);
  const double best = best_step(state, [&] { requests.step(kContext, 1); });
  const double bytes =
      static_cast<double>(model().weight_bytes()) +
      static_cast<double>(batch * (kContext + 1)) * static_cast<double>(cache().block_bytes()) / 16;
  const double speed = memory_speed();
  state.counters["tokens/s"] = static_cast<double>(batch) / best;
  state.counters["step_ms"] = best * 1e3;
  state.counters["memory_GB/s"] = speed / 1e9;
  state.counters["share_of_memory"] = bytes / best / speed;
}
BENCHMARK(decode)
    ->ArgName("batch")
    ->Arg(1)
    ->Arg(8)
    ->Arg(32)
    ->Arg(128)
    ->Arg(256)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MinTime(2);

/// One prompt alone.
void prefill(benchmark::State& state) {
  if (!at::globalContext().hasCUDA()) return state.SkipWithError("no GPU on this machine");
  const auto tokens = static_cast<std::size_t>(state.range(0));
  Requests requests(1, kLongPrompt / 16);
  const double best = best_step(state, [&] { requests.step(0, tokens); });
  const Architecture& of = model().architecture();
  state.counters["tokens/s"] = static_cast<double>(tokens) / best;
  state.counters["TFLOPS"] = static_cast<double>(tokens) *
                             forward_flops_per_token(of, static_cast<std::int64_t>(tokens)) / best /
                             1e12;
}
BENCHMARK(prefill)
    ->ArgName("tokens")
    ->Arg(128)
    ->Arg(512)
    ->Arg(kLongPrompt)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MinTime(1);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

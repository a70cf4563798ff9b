// Tokens a second of a model that serves, next to the two limits of the machine at that moment: one
// request at a time is bound by reading the weights, many by matrix products.

#include <ATen/Parallel.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rand.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <limits>
#include <numeric>
#include <vector>

#include "executor/infer/cache_shape.h"
#include "executor/infer/paged_model.h"
#include "executor/infer/sampler.h"
#include "executor/train/random.h"
#include "executor/train/vector_math.h"
#include "workloads/catalog/catalog.h"

namespace tandem {
namespace {

constexpr std::uint32_t kContext = 128;

/// The least seconds that `act` takes of `times`: others use these cores, too.
template <class Act>
double best_seconds(int times, Act act) {
  double best = std::numeric_limits<double>::infinity();
  for (int i = 0; i < times; ++i) {
    const auto start = std::chrono::steady_clock::now();
    act();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    best = std::min(best, took.count());
  }
  return best;
}

/// Of all threads of this process; those that wait for work count.
double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

TANDEM_VECTORISED float sum_of(const float* numbers, std::int64_t n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < n; ++i) sum += numbers[i];
  return sum;
}

/// Bytes a second of reading as many again and again, by all threads.
double reading_speed(std::int64_t bytes) {
  constexpr std::int64_t kPiece = 1 << 16;
  const std::int64_t pieces = bytes / 4 / kPiece;
  const at::Tensor numbers = at::rand({pieces * kPiece});
  const float* const from = numbers.data_ptr<float>();
  const double seconds = best_seconds(20, [&] {
    at::parallel_for(0, pieces, 1, [&](std::int64_t begin, std::int64_t end) {
      benchmark::DoNotOptimize(sum_of(from + begin * kPiece, (end - begin) * kPiece));
    });
  });
  return static_cast<double>(pieces * kPiece * 4) / seconds;
}

/// Operations a second of a large product, by all threads.
double product_speed() {
  constexpr double kSize = 1024;
  const at::Tensor a = at::rand({1024, 1024});
  return 2 * kSize * kSize * kSize / best_seconds(10, [&] { at::mm(a, a); });
}

/// Requests of a model, each with blocks of its own.
class Requests {
 public:
  Requests(bool bf16, int threads, std::size_t count)
      : model_(draw_paged_model(built_in_catalog().model("llama-15m"), 1, options(bf16, threads))),
        tokens_(256, 7),
        wish_{.temperature = 0} {
    const std::size_t blocks = 256 / model_->block_tokens();
    for (std::size_t i = 0; i < count; ++i) {
      auto& held = blocks_.emplace_back(blocks);
      std::iota(held.begin(), held.end(), static_cast<BlockNumber>(i * blocks));
    }
  }

  PagedModel& model() { return *model_; }
  /// `count` tokens of each, behind `computed`.
  void step(std::uint32_t computed, std::size_t count) {
    std::vector<StepPart> parts;
    for (const auto& held : blocks_) {
      parts.push_back({std::span(tokens_).first(count), computed, held, &wish_, 0});
    }
    benchmark::DoNotOptimize(model_->compute(parts));
  }

 private:
  static PagedModelOptions options(bool bf16, int threads) {
    PagedModelOptions options;
    options.precision = bf16 ? Precision::kBf16 : Precision::kFp32;
    options.memory_bytes = 256 << 20;
    options.threads = threads;
    return options;
  }

  std::unique_ptr<PagedModel> model_;
  std::vector<TokenId> tokens_;
  Sampling wish_;
  std::vector<std::vector<BlockNumber>> blocks_;
};

/// What a step of `batch` requests, each with `tokens` behind `computed`, reads at least.
double bytes_of(const PagedModel& model, std::uint32_t computed, std::size_t batch, bool bf16) {
  const CacheShape cache =
      cache_shape(model.architecture(), bf16 ? Precision::kBf16 : Precision::kFp32, 1);
  return static_cast<double>(model.weight_bytes()) +
         static_cast<double>(computed * batch) * static_cast<double>(cache.block_bytes());
}

/// And how many operations it is; the head is for one token of each.
double operations_of(const Architecture& model, std::size_t batch, std::size_t tokens) {
  const auto head = static_cast<double>(2 * model.vocabulary * model.hidden);
  const double body = forward_flops_per_token(model, kContext) - head;
  return static_cast<double>(batch) * (static_cast<double>(tokens) * body + head);
}

/// Steps of `tokens` each, and what their best is of the machine's best.
void measure(benchmark::State& state, Requests& requests, std::uint32_t computed,
             std::size_t tokens, std::size_t batch, bool bf16) {
  PagedModel& model = requests.model();
  requests.step(computed, tokens);
  double reading = reading_speed(model.weight_bytes());
  double product = product_speed();
  double best = std::numeric_limits<double>::infinity();
  double best_processor = best;
  for (auto _ : state) {
    const double start = processor_seconds();
    best = std::min(best, best_seconds(1, [&] { requests.step(computed, tokens); }));
    best_processor = std::min(best_processor, processor_seconds() - start);
  }
  reading = std::max(reading, reading_speed(model.weight_bytes()));
  product = std::max(product, product_speed());
  const auto all = static_cast<double>(tokens * batch);
  const double bytes = bytes_of(model, computed, batch, bf16);
  const double operations = operations_of(model.architecture(), batch, tokens);
  state.counters["tokens/s"] = all / best;
  state.counters["tokens/core_s"] = all / best_processor;
  state.counters["read_GB/s"] = reading / 1e9;
  state.counters["share_of_read"] = bytes / best / reading;
  state.counters["gemm_GFLOPS"] = product / 1e9;
  state.counters["share_of_gemm"] = operations / best / product;
}

void decode(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  Requests requests(state.range(1) != 0, static_cast<int>(state.range(2)), batch);
  requests.step(0, kContext);
  measure(state, requests, kContext, 1, batch, state.range(1) != 0);
}
BENCHMARK(decode)
    ->ArgNames({"batch", "bf16", "threads"})
    ->ArgsProduct({{1, 8, 32}, {0, 1}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MinTime(2);

void prefill(benchmark::State& state) {
  Requests requests(state.range(0) != 0, static_cast<int>(state.range(1)), 4);
  measure(state, requests, 0, kContext, 4, state.range(0) != 0);
}
BENCHMARK(prefill)
    ->ArgNames({"bf16", "threads"})
    ->ArgsProduct({{0, 1}, {1, 2}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MinTime(2);

/// One choice among 32,000 tokens, of a flat distribution or of a sharp one.
void sample(benchmark::State& state) {
  std::vector<float> logits(32'000);
  fill_normal(1, 0, state.range(0) != 0 ? 4 : 0.3, logits);
  Sampling how;
  how.temperature = state.range(1) != 0 ? 1 : 0;
  how.top_k = static_cast<std::int32_t>(state.range(2));
  how.top_p = static_cast<double>(state.range(3)) / 100;
  Sampler sampler(32'000, {});
  std::uint32_t generated = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sampler.choose(logits, how, generated++));
}
BENCHMARK(sample)
    ->ArgNames({"sharp", "draws", "top_k", "top_p"})
    ->Args({0, 0, 0, 100})
    ->Args({0, 1, 0, 100})
    ->Args({0, 1, 50, 100})
    ->Args({0, 1, 0, 90})
    ->Args({1, 1, 0, 90})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

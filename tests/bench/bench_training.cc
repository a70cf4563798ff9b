// Tokens a second of training on processors, and what share of the speed of one large matrix
// product that is: the first differs from machine to machine, the second should not.

#include <ATen/Parallel.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rand.h>
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>

#include "executor/train/operators/adamw.h"
#include "executor/train/random.h"
#include "executor/train/trainer.h"

namespace tandem {
namespace {

/// Processor time of this process: others that build beside it do not count.
double processor_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Operations a second of one thread in a product of two matrices of 1024 by 1024, the best of 20.
double gemm_speed(at::ScalarType type) {
  constexpr double kSize = 1024;
  const at::Tensor a = at::rand({1024, 1024}).to(type);
  at::mm(a, a);
  double best = 0;
  for (int i = 0; i < 20; ++i) {
    const double start = processor_seconds();
    at::mm(a, a);
    best = std::max(best, 2 * kSize * kSize * kSize / (processor_seconds() - start));
  }
  return best;
}

/// Of the shape of engines that were measured before: 4.9 million parameters.
Architecture llama_5m() {
  Architecture model;
  model.name = "llama-5m";
  model.layers = 6;
  model.hidden = 256;
  model.heads = model.kv_heads = 8;
  model.head_size = 32;
  model.ffn = 688;
  model.gated = true;
  model.vocabulary = 256;
  model.context = 128;
  return model;
}

Architecture gpt2() {
  Architecture model;
  model.name = "gpt2";
  model.layers = 12;
  model.hidden = 768;
  model.heads = model.kv_heads = 12;
  model.head_size = 64;
  model.ffn = 3072;
  model.vocabulary = 50257;
  model.tied = true;
  model.positions = model.context = 1024;
  model.biases = Biases::kAll;
  model.norm = Norm::kLayer;
  return model;
}

/// A text that is as long as a few steps need.
std::filesystem::path random_text() {
  const auto path = std::filesystem::temp_directory_path() / "bench_training.txt";
  std::string text(1 << 20, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>('a' + random_bits(1, i) % 26);
  }
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

void train(benchmark::State& state, const Architecture& model, const Layout& layout, int threads) {
  TrainingSpec spec;
  spec.model = model;
  spec.layout = layout;
  spec.steps = 1'000'000;
  spec.recipe.text.files = {random_text()};
  RankPlace place;
  place.threads = threads;
  Trainer trainer(spec, place);
  trainer.step(false);
  const auto type = layout.precision == Precision::kBf16 ? at::kBFloat16 : at::kFloat;
  double peak = gemm_speed(type);
  double best = std::numeric_limits<double>::infinity();
  for (auto _ : state) {
    const double start = processor_seconds();
    trainer.step(false);
    best = std::min(best, processor_seconds() - start);
  }
  peak = std::max(peak, gemm_speed(type));
  const auto tokens = static_cast<double>(trainer.tokens_per_step());
  const double flops = tokens * training_flops_per_token(model, layout.sequence);
  state.counters["tokens/s"] = tokens / best * threads;
  state.counters["gemm_GFLOPS"] = peak / 1e9;
  state.counters["share_of_gemm"] = flops / best / peak;
  state.counters["peak_MB"] = static_cast<double>(trainer.peak_memory_bytes()) / 1e6;
}

void llama(benchmark::State& state) {
  Layout layout;
  layout.batch = layout.micro_batch = 8;
  layout.sequence = 128;
  layout.precision = state.range(0) != 0 ? Precision::kBf16 : Precision::kFp32;
  train(state, llama_5m(), layout, static_cast<int>(state.range(1)));
}
BENCHMARK(llama)
    ->ArgNames({"bf16", "threads"})
    ->Args({0, 1})
    ->Args({1, 1})
    ->Args({0, 2})
    ->Args({1, 2})
    ->Unit(benchmark::kMillisecond)
    ->MinTime(4)
    ->UseRealTime();

void gpt2_124m(benchmark::State& state) {
  Layout layout;
  layout.batch = layout.micro_batch = 4;
  layout.sequence = 64;
  layout.precision = Precision::kFp32;
  train(state, gpt2(), layout, static_cast<int>(state.range(0)));
}
BENCHMARK(gpt2_124m)
    ->ArgName("threads")
    ->Arg(1)
    ->Arg(2)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->MinTime(6);

/// Bytes a second of an update: 16 are read of each parameter, 12 written.
void adamw_pass(benchmark::State& state) {
  constexpr std::int64_t kNumbers = 1 << 25;
  const auto numbers = [] { return at::rand({kNumbers}); };
  const at::Tensor weights = numbers(), gradients = numbers(), first = numbers(),
                   second = numbers();
  const AdamwStep step{0.9F, 0.95F, 1e-8F, 1e-3F, 1, 1, 1, 1};
  for (auto _ : state) adamw(step, weights, gradients, first, second);
  state.SetBytesProcessed(state.iterations() * kNumbers * 28);
}
BENCHMARK(adamw_pass)->Unit(benchmark::kMillisecond);

/// The same bytes copied by the C library: as fast as memory goes.
void copy_pass(benchmark::State& state) {
  constexpr std::int64_t kNumbers = 1 << 25;
  const at::Tensor from = at::rand({kNumbers});
  at::Tensor to = at::rand({kNumbers});
  for (auto _ : state) {
    std::memcpy(to.data_ptr<float>(), from.data_ptr<float>(), kNumbers * sizeof(float));
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * kNumbers * 8);
}
BENCHMARK(copy_pass)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

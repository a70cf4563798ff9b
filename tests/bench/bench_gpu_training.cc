// Model FLOP utilisation of training on one GPU: GPT-2 124M and a LLaMA of 1.1 billion parameters
// in bf16. The operations of a step are those of `training_flops_per_token`, without recomputation;
// the peak is the best matrix product measured in the same process.

#include <ATen/Context.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rand.h>
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <limits>

#include "executor/train/random.h"
#include "executor/train/trainer.h"
#include "workloads/catalog/catalog.h"

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begun) {
  return std::chrono::duration<double>(Clock::now() - begun).count();
}

/// Operations a second of a bf16 product of 8192 by 8192 matrices.
double gemm_speed() {
  constexpr double kSize = 8192;
  constexpr int kTimes = 10;
  const auto options = at::TensorOptions("cuda:0").dtype(at::kBFloat16);
  const at::Tensor a = at::rand({8192, 8192}, options);
  double best = std::numeric_limits<double>::infinity();
  for (int burst = 0; burst < 4; ++burst) {
    at::Tensor product = at::mm(a, a);
    product[0][0].item();  // The host waits.
    const auto begun = Clock::now();
    for (int i = 0; i < kTimes; ++i) product = at::mm(a, a);
    product[0][0].item();
    best = std::min(best, seconds_since(begun) / kTimes);
  }
  return 2 * kSize * kSize * kSize / best;
}

/// Text of random letters: what is learnt does not matter here.
std::filesystem::path random_text() {
  const auto path = std::filesystem::temp_directory_path() / "bench_gpu_training.txt";
  std::string text(1 << 22, ' ');
  for (std::size_t i = 0; i < text.size(); ++i) {
    text[i] = static_cast<char>('a' + random_bits(1, i) % 26);
  }
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

void train(benchmark::State& state, const char* model, std::int64_t batch, std::int64_t sequence) {
  if (!at::globalContext().hasCUDA()) return state.SkipWithError("no GPU on this machine");
  TrainingSpec spec;
  spec.model = built_in_catalog().model(model);
  spec.layout.batch = spec.layout.micro_batch = batch;
  spec.layout.sequence = sequence;
  spec.layout.precision = Precision::kBf16;
  spec.steps = 1'000'000;
  spec.recipe.text.files = {random_text()};
  RankPlace place;
  place.device = "cuda:0";
  Trainer trainer(spec, place);
  for (int i = 0; i < 3; ++i) trainer.step(Wish::kGoOn);
  double best = std::numeric_limits<double>::infinity();
  for (auto _ : state) {
    const auto begun = Clock::now();
    trainer.step(Wish::kGoOn);  // Its loss is read, so that the host waits for the device.
    best = std::min(best, seconds_since(begun));
  }
  const auto tokens = static_cast<double>(trainer.tokens_per_step());
  const double flops = tokens * training_flops_per_token(spec.model, sequence) / best;
  const double peak = gemm_speed();
  state.counters["tokens/s"] = tokens / best;
  state.counters["TFLOPS"] = flops / 1e12;
  state.counters["gemm_TFLOPS"] = peak / 1e12;
  state.counters["MFU"] = flops / peak;
  state.counters["peak_GB"] = static_cast<double>(trainer.peak_memory_bytes()) / 1e9;
}

BENCHMARK_CAPTURE(train, gpt2_124m, "gpt2", 32, 1024)->Unit(benchmark::kMillisecond)->MinTime(5);
BENCHMARK_CAPTURE(train, llama_1b, "tinyllama-1.1b", 4, 2048)
    ->Unit(benchmark::kMillisecond)
    ->MinTime(8);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

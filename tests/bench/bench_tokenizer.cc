// How fast text becomes tokens: bytes of text a second, with the real vocabulary where it is there.

#include <benchmark/benchmark.h>

#include <filesystem>

#include "executor/data/tokenizer.h"
#include "workloads/traces/mapped_file.h"

namespace tandem {
namespace {

std::filesystem::path shared_text(const char* name) {
  return std::filesystem::path(TANDEM_SOURCE_DIR) / ".." / "shared" / "traces" / "text" / name;
}

void encode_shakespeare(benchmark::State& state) {
  const auto vocabulary = shared_text("r50k_base.tiktoken");
  const auto text = shared_text("tinyshakespeare.txt");
  if (!std::filesystem::exists(vocabulary) || !std::filesystem::exists(text)) {
    return state.SkipWithError("needs the shared texts beside the project");
  }
  const auto tokenizer = gpt2_tokenizer(vocabulary);
  const MappedFile file(text);
  for (auto _ : state) {
    benchmark::DoNotOptimize(tokenizer->encode(file.bytes(), SpecialTokens::kAreText));
  }
  state.SetBytesProcessed(state.iterations() * std::ssize(file.bytes()));
}
BENCHMARK(encode_shakespeare)->Unit(benchmark::kMillisecond);

void read_vocabulary_file(benchmark::State& state) {
  const auto vocabulary = shared_text("r50k_base.tiktoken");
  if (!std::filesystem::exists(vocabulary)) {
    return state.SkipWithError("needs the shared vocabulary beside the project");
  }
  for (auto _ : state) benchmark::DoNotOptimize(gpt2_tokenizer(vocabulary));
}
BENCHMARK(read_vocabulary_file)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

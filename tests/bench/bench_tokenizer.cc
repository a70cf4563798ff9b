// How fast text becomes tokens: bytes of text a second, with the real vocabulary where it is there.

#include <benchmark/benchmark.h>

#include <filesystem>
#include <string>

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

/// With a vocabulary of a few hundred tokens, of a kind of tests/unit: most words are merged.
void encode_by_folder(benchmark::State& state, const std::string& kind) {
  const auto text = shared_text("tinyshakespeare.txt");
  if (!std::filesystem::exists(text)) {
    return state.SkipWithError("needs the shared texts beside the project");
  }
  const auto tokenizer = tokenizer_of(std::filesystem::path(TANDEM_SOURCE_DIR) /
                                      "tests/unit/executor/data/vocabularies" / kind);
  const MappedFile file(text);
  for (auto _ : state) {
    benchmark::DoNotOptimize(tokenizer->encode(file.bytes(), SpecialTokens::kAreText));
  }
  state.SetBytesProcessed(state.iterations() * std::ssize(file.bytes()));
}
BENCHMARK_CAPTURE(encode_by_folder, llama3, "llama3")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode_by_folder, llama2, "llama2")->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode_by_folder, unigram, "sentencepiece-unigram")
    ->Unit(benchmark::kMillisecond);

/// One word of so many bytes: time must not grow with its square.
void encode_long_word(benchmark::State& state) {
  const auto tokenizer = tokenizer_of(std::filesystem::path(TANDEM_SOURCE_DIR) /
                                      "tests/unit/executor/data/vocabularies/llama3");
  std::string text;
  while (std::ssize(text) < state.range(0)) text += "thethou";
  for (auto _ : state) {
    benchmark::DoNotOptimize(tokenizer->encode(text, SpecialTokens::kAreText));
  }
  state.SetBytesProcessed(state.iterations() * std::ssize(text));
}
BENCHMARK(encode_long_word)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Unit(benchmark::kMillisecond);

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

// What a step of a real engine costs beside the model's own work: deciding, numbering blocks,
// giving tokens, and writing the journal.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "executor/serve/engine_driver.h"
#include "policies/batch/batch_registry.h"

namespace tandem {
namespace {

/// Says the same token to everybody, at no cost.
class FreeModel final : public LanguageModel {
 public:
  std::uint32_t block_tokens() const override { return 16; }
  std::int64_t blocks() const override { return 100'000; }
  std::int64_t context() const override { return 4096; }
  std::int64_t vocabulary() const override { return 50'000; }
  std::vector<GivenToken> compute(std::span<const StepPart> parts) override {
    std::vector<GivenToken> given;
    for (const StepPart& part : parts) {
      if (part.sampling != nullptr) given.emplace_back();
    }
    return given;
  }
  std::vector<std::byte> copy_out(std::span<const BlockNumber>) override { return {}; }
  void copy_in(std::span<const std::byte>, std::span<const BlockNumber>) override {}
};

/// range(0): requests that are always there, of 500 tokens and answers of 200; range(1): whether a
/// journal is written.
void step(benchmark::State& state) {
  FreeModel model;
  Tenants tenants;
  tenants.add("default");
  std::int64_t journal_bytes = 0;
  EngineJournalWriter writer([&](std::string_view text) { journal_bytes += std::ssize(text); });
  std::int64_t now = 0;
  EngineDriver driver(
      {.engine = EngineDriver::settings_for(
           model, {.max_sequences = state.range(0), .prefix_caching = true}),
       .end_tokens = {2}},
      make_batch_policy("fifo", tenants), model, [&] { return Time{Duration{now += 1000}}; },
      state.range(1) != 0 ? &writer : nullptr);
  EngineDriver::Key key = 0;
  const auto submit = [&] {
    Generation generation;
    generation.prompt.assign(500, static_cast<TokenId>(key % 40'000));
    generation.max_tokens = 200;
    driver.submit(key++, std::move(generation), {});
  };
  for (std::int64_t i = 0; i < state.range(0); ++i) submit();
  std::int64_t tokens = 0;
  for (auto _ : state) {
    const StepOutcome& outcome = driver.step();
    tokens += std::ssize(outcome.given);
    for (std::size_t ended = outcome.ended.size(); ended > 0; --ended) submit();
  }
  state.counters["per_token"] = benchmark::Counter(
      static_cast<double>(tokens), benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["journal_bytes_per_step"] =
      static_cast<double>(journal_bytes) / static_cast<double>(state.iterations());
}
BENCHMARK(step)->ArgNames({"requests", "journal"})->ArgsProduct({{1, 32, 256}, {0, 1}});

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

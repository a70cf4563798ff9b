#include "executor/worker/engine_probe.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "policies/core/check.h"

namespace tandem {
namespace {

/// As the requests of a scenario are asked.
Sampling greedy() {
  Sampling sampling;
  sampling.temperature = 0;
  sampling.ignore_end = true;
  return sampling;
}

}  // namespace

EngineProbe::EngineProbe(LanguageModel& model, EngineDriver::Clock clock, Duration least)
    : model_(model),
      clock_(std::move(clock)),
      least_(least),
      tokens_(static_cast<std::size_t>(longest())) {
  std::iota(tokens_.begin(), tokens_.end(), TokenId{0});
  for (TokenId& token : tokens_) token %= static_cast<TokenId>(model.vocabulary());
}

std::int64_t EngineProbe::longest() const {
  return std::min(model_.context() - 1, model_.blocks() * model_.block_tokens());
}

std::int64_t EngineProbe::blocks_of(const AlikeParts& parts) const {
  const std::int64_t size = model_.block_tokens();
  return parts.requests * ((parts.known + parts.tokens + size - 1) / size);
}

bool EngineProbe::fits(std::span<const AlikeParts> parts) const {
  std::int64_t blocks = 0;
  for (const AlikeParts& alike : parts) {
    if (alike.known + alike.tokens > longest()) return false;
    blocks += blocks_of(alike);
  }
  return blocks <= model_.blocks();
}

double EngineProbe::step_s(std::span<const AlikeParts> parts) {
  CHECK(fits(parts), "a batch that does not fit is to be timed");
  const Sampling sampling = greedy();
  std::vector<BlockNumber> blocks(static_cast<std::size_t>(model_.blocks()));
  std::iota(blocks.begin(), blocks.end(), BlockNumber{0});
  std::vector<StepPart> step;
  std::span<const BlockNumber> left = blocks;
  for (const AlikeParts& alike : parts) {
    const auto each = static_cast<std::size_t>(blocks_of(alike) / alike.requests);
    for (std::int64_t i = 0; i < alike.requests; ++i) {
      step.push_back({.tokens = std::span(tokens_).first(static_cast<std::size_t>(alike.tokens)),
                      .computed = static_cast<std::uint32_t>(alike.known),
                      .blocks = left.first(each),
                      .sampling = alike.sampled ? &sampling : nullptr,
                      .generated = 0});
      left = left.subspan(each);
    }
  }
  const Time begun = clock_();
  std::int64_t steps = 0;
  do {
    model_.compute(step);
    ++steps;
  } while (clock_() - begun < least_);
  return to_seconds(clock_() - begun) / static_cast<double>(steps);
}

}  // namespace tandem

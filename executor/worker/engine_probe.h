// Times single steps of a language model, so that what a step takes can be told from what it
// computes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/serve/engine_driver.h"

namespace tandem {

/// Requests of one kind in a step: so many, each with `tokens` computed behind `known`.
struct AlikeParts {
  std::int64_t requests = 1;
  std::int64_t tokens = 1;
  std::int64_t known = 0;
  bool sampled = false;  ///< Each is given a token.

  friend auto operator<=>(const AlikeParts&, const AlikeParts&) = default;
};

class EngineProbe {
 public:
  /// The model must outlive it. `least`: what is timed is repeated for so long.
  EngineProbe(LanguageModel& model, EngineDriver::Clock clock, Duration least);

  /// Tokens of the longest sequence.
  std::int64_t longest() const;
  /// Whether the cache has blocks for all of them at one time.
  bool fits(std::span<const AlikeParts> parts) const;

  /// Of one step of these, which fit; in the mean.
  double step_s(std::span<const AlikeParts> parts);

 private:
  std::int64_t blocks_of(const AlikeParts& parts) const;

  LanguageModel& model_;
  const EngineDriver::Clock clock_;
  const Duration least_;
  std::vector<TokenId> tokens_;  ///< Any, as many as the longest sequence has.
};

}  // namespace tandem

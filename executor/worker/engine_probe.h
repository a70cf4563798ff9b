// Times single steps of a language model, alone and in an engine's loop, so that what a step takes
// can be told from what it computes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "executor/serve/engine_driver.h"
#include "executor/spec/serving_spec.h"

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
  /// Model and description must outlive it. `least`: what is timed is repeated for so long.
  EngineProbe(LanguageModel& model, const ServingSpec& spec, EngineDriver::Clock clock,
              Duration least);

  /// Tokens of the longest sequence.
  std::int64_t longest() const;
  /// Whether the cache has blocks for all of them at one time.
  bool fits(std::span<const AlikeParts> parts) const;

  /// Of one step of these, which fit; in the mean.
  double step_s(std::span<const AlikeParts> parts);

  /// What one turn of a replica's loop takes in which so many requests decode, each behind
  /// `context` tokens in the mean: with the journal, and with telling a front.
  struct Loop {
    double seconds = 0;
    double context = 0;
  };
  Loop loop(std::int64_t requests);
  /// Whether an engine takes so many in at one time, of kLoopTokens each.
  bool can_loop(std::int64_t requests) const;
  static constexpr std::int64_t kLoopTokens = 48;

 private:
  std::int64_t blocks_of(const AlikeParts& parts) const;

  LanguageModel& model_;
  const ServingSpec& spec_;
  const EngineDriver::Clock clock_;
  const Duration least_;
  std::vector<TokenId> tokens_;  ///< Any, as many as the longest sequence has.
};

}  // namespace tandem

// What is agreed about requests beside what they ask: how long they may become, what is guessed of
// their answers, and when they should be done.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <variant>

#include "policies/core/units.h"
#include "workloads/generators/random.h"

namespace tandem {

/// How many tokens a request may have. Prompt and answer share the model's context; a prompt that
/// leaves no room for one token of answer does not fit.
struct TokenLimits {
  std::uint32_t context = 2'000'000'000;
  std::uint32_t output = 2'000'000'000;

  bool fits(std::uint32_t prompt) const { return prompt < context; }
  /// The most that the answer to a prompt that fits may have.
  std::uint32_t output_to(std::uint32_t prompt) const { return std::min(output, context - prompt); }
};

/// Somebody knows how long each answer will be.
struct ExactPrediction {};
/// The answer's length times 1 + error * z, z being standard normal; at least 1.
struct RoughPrediction {
  double error = 0;
};
/// What is guessed of answers; monostate: nothing.
using PredictionRule = std::variant<std::monostate, ExactPrediction, RoughPrediction>;

/// The guess for an answer of `output` tokens; 0: none.
std::uint32_t predicted(std::uint32_t output, const PredictionRule& rule, Stream& stream);
inline bool is_random(const PredictionRule& rule) {
  return std::holds_alternative<RoughPrediction>(rule);
}

/// What holds for all requests of a source.
struct RequestTerms {
  std::uint64_t source = 0;  ///< Place among all sources of requests; selects the streams.
  TokenLimits limits;
  PredictionRule prediction;
  std::optional<Duration> deadline;  ///< After the arrival.
};

}  // namespace tandem

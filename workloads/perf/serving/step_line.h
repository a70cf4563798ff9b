// What one iteration of a serving engine takes, in a form that many like iterations can be added up
// in: a straight line in the tokens that the decoding requests look back at.
//
// Whole picoseconds, so that k steps at once and k steps one by one end at the same instant.
#pragma once

#include <chrono>
#include <cstdint>

#include "policies/core/units.h"

namespace tandem {

/// What one iteration computes.
struct BatchShape {
  std::int64_t prefill_tokens = 0;  ///< Prompt tokens computed, of all requests together.
  /// Pairs of a prompt token computed and a token it looks back at, itself included: a chunk of c
  /// tokens behind k known ones has c * k + c * (c + 1) / 2.
  std::int64_t prefill_pairs = 0;
  std::int64_t prefill_requests = 0;
  std::int64_t decode_requests = 0;  ///< Each computes one token.
  std::int64_t decode_context = 0;   ///< Tokens they look back at, themselves included; summed.
  std::int64_t sampled = 0;          ///< Requests that get a new token: logits are computed.
};

/// Time as a function of BatchShape::decode_context, all else equal: `at_zero + slope * context`.
/// At most a day; half a picosecond of rounding a token is nothing beside any device.
struct StepLine {
  std::int64_t at_zero_ps = 0;  ///< May lie below 0 where the line does not hold.
  std::int64_t slope_ps = 0;
  std::int64_t holds_below = 0;  ///< The first larger context for which another line holds.

  std::int64_t at(std::int64_t context) const { return at_zero_ps + slope_ps * context; }
};

/// An engine that has had nothing to do for so long begins with caches that have seen other things.
inline constexpr Duration kEnginePause = std::chrono::milliseconds(5);

/// What the steps of one engine take: a pure function. Asked once for many steps, and often.
class StepCost {
 public:
  virtual ~StepCost() = default;
  /// The line that holds for `shape.decode_context` and, until StepLine::holds_below, above it.
  virtual StepLine line(const BatchShape& shape) const = 0;
  /// More for a step that begins after kEnginePause or longer.
  virtual std::int64_t after_pause_ps(const BatchShape& /*shape*/) const { return 0; }
};

}  // namespace tandem

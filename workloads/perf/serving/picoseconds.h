// From seconds to the whole picoseconds of a StepLine, rounded once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tandem {

/// No step takes longer: what claims to is cut, so that sums stay within 64 bits.
inline constexpr double kLongestStepSeconds = 86'400;

inline std::int64_t to_picoseconds(double seconds) {
  return std::llround(std::clamp(seconds, -kLongestStepSeconds, kLongestStepSeconds) * 1e12);
}

}  // namespace tandem

// Loops over long rows, compiled for several widths of vectors: which one runs is decided when the
// program starts, as in the libraries beside it.
#pragma once

#include <bit>
#include <cstdint>

// Sanitizers do not see through the resolver that chooses; clang is used for them and for fuzzing.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define TANDEM_VECTORISED \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define TANDEM_VECTORISED
#endif

namespace tandem {

/// e to the x, to 2 units in the last place, in a form that compilers vectorise; 0 below -87, and
/// as at 88 above. Cody & Waite's reduction by ln 2 in two parts, then Taylor's polynomial.
inline float exponential(float x) {
  const float clamped = x < -87.0F ? -87.0F : (x > 88.0F ? 88.0F : x);
  constexpr float kRounder = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number.
  const float shifted = clamped * 1.44269504F + kRounder;
  const float whole = shifted - kRounder;
  const float r = (clamped - whole * 0.693359375F) - whole * -2.12194440e-4F;
  float sum = 1.0F / 5040;
  sum = sum * r + 1.0F / 720;
  sum = sum * r + 1.0F / 120;
  sum = sum * r + 1.0F / 24;
  sum = sum * r + 1.0F / 6;
  sum = sum * r + 0.5F;
  sum = (sum * r) * r + r + 1.0F;
  const auto exponent = static_cast<std::uint32_t>(static_cast<std::int32_t>(whole) + 127) << 23;
  const float result = sum * std::bit_cast<float>(exponent);
  return x < -87.0F ? 0.0F : result;
}

}  // namespace tandem

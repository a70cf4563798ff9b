// Sixteen numbers that go through one instruction where the machine has such wide ones, and through
// several where it has not: sums stay in registers, which loops over arrays do not promise.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace tandem {

inline constexpr std::int64_t kLanes = 16;
using Lanes = float __attribute__((vector_size(64)));

// By reference: how such vectors are returned differs between machines.
[[gnu::always_inline]] inline void load(const float* from, Lanes& to) {
  __builtin_memcpy(&to, from, sizeof(to));
}

/// The upper half of an f32's bits is a bf16.
[[gnu::always_inline]] inline void load(const at::BFloat16* from, Lanes& to) {
  using Halves = std::uint16_t __attribute__((vector_size(32)));
  using Words = std::uint32_t __attribute__((vector_size(64)));
  Halves halves;
  __builtin_memcpy(&halves, from, sizeof(halves));
  const Words words = __builtin_convertvector(halves, Words) << 16;
  __builtin_memcpy(&to, &words, sizeof(to));
}

[[gnu::always_inline]] inline void store(const Lanes& from, float* to) {
  __builtin_memcpy(to, &from, sizeof(from));
}

}  // namespace tandem

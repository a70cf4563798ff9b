// Numbers that look random and follow from others alone.
#pragma once

#include <cstdint>

namespace tandem {

/// SplitMix64's finaliser (Steele, Lea, Flood 2014).
constexpr std::uint64_t mixed(std::uint64_t value) {
  value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
  value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
  return value ^ (value >> 31U);
}

/// Of two numbers.
constexpr std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  return mixed(a * 0x9E3779B97F4A7C15U + b);
}

}  // namespace tandem

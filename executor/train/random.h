// Random numbers that follow from what they are for, not from what was drawn before: first weights
// from (seed, name), dropout from (seed, step, place, layer). So any layout begins with the same
// weights, and who goes on, or computes a block again, meets the same numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace tandem {

/// Names an endless sequence of random numbers.
using RandomKey = std::uint64_t;

/// The `index`-th number of a sequence: the finalizer of SplitMix64 (Steele, Lea & Flood 2014).
constexpr std::uint64_t random_bits(RandomKey key, std::uint64_t index) {
  std::uint64_t bits = key + (index + 1) * 0x9E3779B97F4A7C15;
  bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9;
  bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EB;
  return bits ^ (bits >> 31);
}

/// A sequence of its own for each `part`.
constexpr RandomKey subkey(RandomKey key, std::uint64_t part) {
  return random_bits(random_bits(key, part), 0);
}
RandomKey subkey(RandomKey key, std::string_view name);

/// Normal numbers of the sequence, from its first (Box & Muller 1958).
void fill_normal(RandomKey key, double mean, double deviation, std::span<float> out);

}  // namespace tandem

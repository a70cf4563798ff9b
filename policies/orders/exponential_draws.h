// Chance without state, the same on every machine: the n-th draw of a stream is a function of seed,
// stream and n.
#pragma once

#include <cstdint>

namespace tandem {

/// -log2(number / 2^64) in units of 2^-24, rounded up; `number` is more than 0. By squaring, bit by
/// bit: libraries differ in the last bits of a logarithm.
std::uint64_t minus_log2(std::uint64_t number);

/// A number drawn from an exponential distribution, in units of 2^-24; its mean is 1 / ln 2.
/// (SplitMix64's mixing function: Steele, Lea, Flood 2014.)
std::uint64_t exponential_draw(std::uint64_t seed, std::uint32_t stream, std::uint64_t n);

}  // namespace tandem

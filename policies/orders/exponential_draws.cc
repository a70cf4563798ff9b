#include "policies/orders/exponential_draws.h"

#include <algorithm>
#include <bit>

#include "policies/core/mixed.h"

namespace tandem {
namespace {

constexpr unsigned kFractionBits = 24;
constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15U;

}  // namespace

std::uint64_t minus_log2(std::uint64_t number) {
  __extension__ typedef unsigned __int128 Wide;
  const auto zeros = static_cast<unsigned>(std::countl_zero(number));
  std::uint64_t log2 = 63U - zeros;
  std::uint64_t mantissa = number << zeros;  // From 1 to 2, in units of 2^-63.
  for (unsigned bit = 0; bit < kFractionBits; ++bit) {
    const Wide squared = Wide{mantissa} * mantissa >> 63U;
    const bool is_two_or_more = squared >> 64U != 0;
    log2 = 2 * log2 + (is_two_or_more ? 1 : 0);
    mantissa = static_cast<std::uint64_t>(is_two_or_more ? squared >> 1U : squared);
  }
  return (std::uint64_t{64} << kFractionBits) - log2;
}

std::uint64_t exponential_draw(std::uint64_t seed, std::uint32_t stream, std::uint64_t n) {
  const std::uint64_t start = mixed(seed + kGolden * (std::uint64_t{stream} + 1));
  return minus_log2(std::max<std::uint64_t>(1, mixed(start + kGolden * (n + 1))));
}

}  // namespace tandem

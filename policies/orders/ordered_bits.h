// Fractions as ranks.
#pragma once

#include <bit>
#include <cstdint>

namespace tandem {

/// Orders doubles of 0 or more, infinity among them, as integers.
inline std::int64_t ordered_bits(double value) { return std::bit_cast<std::int64_t>(value); }

}  // namespace tandem

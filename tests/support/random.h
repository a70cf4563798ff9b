// How many random cases tests take, and what they are drawn with.
#pragma once

#include <cstdint>

#include "sim/check/random.h"

namespace tandem {

/// How many random cases a test takes: fewer where a sanitizer makes each one slow.
constexpr std::uint64_t seeds(std::uint64_t count) {
#ifdef __SANITIZE_ADDRESS__
  return (count + 4) / 5;
#else
  return count;
#endif
}

}  // namespace tandem

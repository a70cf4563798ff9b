#include "executor/train/random.h"

#include <ATen/Parallel.h>

#include <cmath>
#include <numbers>

namespace tandem {

RandomKey subkey(RandomKey key, std::string_view name) {
  for (const char c : name) key = subkey(key, static_cast<unsigned char>(c));
  return key;
}

void fill_normal(RandomKey key, double mean, double deviation, std::span<float> out) {
  const auto pairs = static_cast<std::int64_t>((out.size() + 1) / 2);
  // In (0, 1]: its logarithm is finite.
  const auto uniform = [key](std::uint64_t index) {
    return static_cast<double>((random_bits(key, index) >> 11) + 1) * 0x1p-53;
  };
  at::parallel_for(0, pairs, 4096, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const double radius = deviation * std::sqrt(-2 * std::log(uniform(2 * i)));
      const double angle = 2 * std::numbers::pi * uniform(2 * i + 1);
      out[2 * i] = static_cast<float>(mean + radius * std::cos(angle));
      if (2 * i + 1 < out.size()) {
        out[2 * i + 1] = static_cast<float>(mean + radius * std::sin(angle));
      }
    }
  });
}

}  // namespace tandem

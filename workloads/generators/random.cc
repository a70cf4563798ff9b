// Turns (seed, source, purpose) into the state of a generator.
#include "workloads/generators/random.h"

namespace tandem {

std::uint64_t mixed(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

std::uint64_t stream_key(std::uint64_t seed, std::uint64_t source, Purpose purpose) {
  return mixed(mixed(mixed(seed) ^ source) ^ static_cast<std::uint64_t>(purpose));
}

Stream make_stream(std::uint64_t seed, std::uint64_t source, Purpose purpose) {
  return Stream(stream_key(seed, source, purpose));
}

}  // namespace tandem

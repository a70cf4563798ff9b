#include "sim/state_transfer.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tandem {

Duration state_transfer_time(Bytes state, std::size_t nodes, const NetworkSettings& network) {
  double bits_per_s = std::numeric_limits<double>::infinity();
  if (network.storage_bits_per_s > 0) bits_per_s = network.storage_bits_per_s;
  if (network.nic_bits_per_s > 0) {
    const double cards = static_cast<double>(nodes) * network.nics_per_node;
    bits_per_s = std::min(bits_per_s, network.nic_bits_per_s * cards);
  }
  const double seconds = static_cast<double>(state.count) * 8 / bits_per_s;
  // Longer than any run; keeps the sum of a few of them within the range of times.
  constexpr double kLongest = 1e9;
  return Duration{std::llround(std::min(seconds, kLongest) * 1e9)};
}

}  // namespace tandem

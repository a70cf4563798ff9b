#include "sim/placed_training.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace tandem {

PlacedTraining::PlacedTraining(const Training& training, const Cluster& cluster,
                               std::span<const NodeShare> nodes)
    : training_(training),
      type_(cluster.node(nodes.front().node).type),
      per_node_(std::ranges::min(nodes, {}, &NodeShare::ranks).ranks) {
  for (const NodeShare& share : nodes) devices_ += share.ranks;
}

Rate PlacedTraining::pace(double share) const {
  const double ppm =
      static_cast<double>(Rate::kOwnPace) * training_.own_step_s() / iteration_s(share);
  return {std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::llround(ppm)))};
}

Duration PlacedTraining::iteration_work() const {
  return Duration{std::llround(training_.own_step_s() * 1e9)};
}

}  // namespace tandem

// What a training job runs on: devices, their nodes and the wires between them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "workloads/catalog/catalog.h"
#include "workloads/perf/collective.h"
#include "workloads/perf/layout.h"

namespace tandem {

/// What the layout runs on. Points into a catalogue that outlives it.
struct Machine {
  const DeviceType* device = nullptr;
  const Fabric* inside = nullptr;
  const Fabric* between = nullptr;
  std::int64_t devices_per_node = 8;
  std::int64_t nics_per_node = 8;
  double oversubscription = 1;  ///< Of the network between nodes.
  CollectiveAlgorithm algorithm = CollectiveAlgorithm::kBest;

  /// The route of a group of which every `stride`-th rank is a member.
  Route route(std::int64_t members, std::int64_t stride) const;
  /// From a rank to that `stride` further; the slowest of all, when there are `count` of them.
  Link neighbour(std::int64_t stride, std::int64_t count) const;

 private:
  Link share_of_network() const;
};

/// Seconds of sending a buffer of `bytes` that all tensor parallel ranks hold to the next of
/// `stages`: each sends its part (SC21, section 4.1), and gathers the others' if `gathered`.
/// Neighbours in the pipeline are `stride` ranks apart.
double stage_transfer(const Machine& machine, std::int64_t tensor, std::int64_t stride,
                      std::int64_t stages, double bytes, bool gathered);

/// The device in its usual node. Throws InputError if the catalogue does not know one.
Machine usual_machine(const Catalog& catalog, const DeviceType& device);

/// Operations per second at the peak of `precision`; 0 if the maker publishes none.
double peak(const DeviceType& device, Precision precision);

/// Why the sequences of a step, or the experts, cannot be spread over the copies of the model that
/// the layout has; empty if they can.
std::string spread_obstacle(const Layout& layout);
/// On which numbers of devices from `least` to `most` the layout has no spread_obstacle(), with as
/// many copies of the model as these hold; rising.
std::vector<std::uint32_t> possible_sizes(const Layout& layout, std::uint32_t least,
                                          std::uint32_t most);

/// Why `model` cannot be laid out so; empty if it can.
std::string obstacle(const Architecture& model, const Machine& machine, const Layout& layout);

}  // namespace tandem

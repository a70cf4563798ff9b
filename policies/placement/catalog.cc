// The placements there are, with their names.
#include "policies/parts.h"

namespace tandem {
namespace {

using PlacementPart = Part<Placement>;

PlacementPart packed() {
  return {{.name = "packed",
           .kind = PartKind::kPlacement,
           .summary = "Fewest nodes, and of those the tightest.",
           .source = "best fit",
           .use = "The default: gangs stay together, whole nodes stay free.",
           .cost = "O(log N) in the number of nodes N, and the nodes of the gang"},
          [](const Settings&, const Surroundings&) { return std::make_unique<Packed>(); }};
}

PlacementPart spread() {
  return {{.name = "spread",
           .kind = PartKind::kPlacement,
           .summary = "Each rank on the node with most room left.",
           .source = "worst fit",
           .use = "When neighbours disturb each other more than distance costs.",
           .cost = "O(g log g) for a gang of g; O(N log N) in the nodes if it counts CPUs or "
                   "memory"},
          [](const Settings&, const Surroundings&) { return std::make_unique<Spread>(); }};
}

}  // namespace

const std::vector<PlacementPart>& placement_parts() {
  static const std::vector<PlacementPart> parts{packed(), spread()};
  return parts;
}

}  // namespace tandem

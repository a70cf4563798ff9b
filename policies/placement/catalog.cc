// The placements there are, with their names.
#include "policies/parts.h"
#include "policies/placement/best_fit.h"
#include "policies/placement/fewest_switches.h"
#include "policies/placement/least_fragmentation.h"
#include "policies/placement/packed.h"
#include "policies/placement/spread.h"

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

PlacementPart best_fit() {
  return {{.name = "best-fit",
           .kind = PartKind::kPlacement,
           .summary = "The node with the least devices, CPUs and memory left over, in sum.",
           .source = "best fit in several dimensions, each as a part of the largest node's",
           .use = "When CPUs or memory run out before devices do; else the same as packed.",
           .cost = "O(N) in the number of nodes N, and the nodes of the gang"},
          [](const Settings&, const Surroundings& around) {
            return std::make_unique<BestFit>(around.cluster);
          }};
}

PlacementPart rack() {
  return {{.name = "rack",
           .kind = PartKind::kPlacement,
           .summary = "Fewest racks, of those fewest nodes, of those the tightest.",
           .source = "best fit over racks",
           .use = "When racks are slow to talk to each other.",
           .cost = "O(N log N) in the number of nodes N"},
          [](const Settings&, const Surroundings&) {
            return std::make_unique<FewestSwitches>(FewestSwitches::Level::kRack);
          }};
}

PlacementPart topology() {
  return {{.name = "topology",
           .kind = PartKind::kPlacement,
           .summary = "Fewest pods, then fewest racks, then fewest nodes.",
           .source = "best fit over the tree pod > rack > node, as Slurm's topology/tree",
           .use = "When traffic gets slower with every switch on its way.",
           .cost = "O(N log N) in the number of nodes N"},
          [](const Settings&, const Surroundings&) {
            return std::make_unique<FewestSwitches>(FewestSwitches::Level::kPod);
          }};
}

PlacementPart fgd() {
  return {
      {.name = "fgd",
       .kind = PartKind::kPlacement,
       .summary = "Where the least of what is idle becomes useless to the jobs that usually "
                  "come.",
       .source = "Weng et al., Beware of Fragmentation, ATC'23",
       .use = "When jobs share devices, or ask for few of a node.",
       .cost = "O(N) in the number of nodes N; for each that has changed since, O(c d) in "
               "the classes of jobs c, 256 at most, and the devices of a node d"},
      [](const Settings&, const Surroundings&) { return std::make_unique<LeastFragmentation>(); }};
}

}  // namespace

const std::vector<PlacementPart>& placement_parts() {
  static const std::vector<PlacementPart> parts{packed(), spread(),   best_fit(),
                                                rack(),   topology(), fgd()};
  return parts;
}

}  // namespace tandem

// How long collectives take on the wires that the ranks really use: the alpha-beta model (Hockney
// 1994; Thakur, Rabenseifner, Gropp 2005).
#pragma once

#include <cstdint>

namespace tandem {

struct Fabric;

/// One direction of what a device sends through.
struct Link {
  double bytes_per_s = 0;
  double latency = 0;      ///< Seconds each collective takes whatever its size.
  double hop_latency = 0;  ///< Seconds each hop adds.
};
Link link_of(const Fabric& fabric);

enum class CollectiveAlgorithm : std::uint8_t {
  kBest,          ///< The faster of ring and tree, as NCCL chooses.
  kRing,          ///< One ring through all; all cards of a node carry a part of it.
  kTree,          ///< Double binary tree between nodes, chain inside.
  kHierarchical,  ///< Reduce-scatter inside, all-reduce between equals, all-gather inside.
};

/// Where the members of a group are: `per_node` of them in each node.
struct Route {
  std::int64_t members = 1;
  std::int64_t per_node = 1;
  Link inside;
  Link between;  ///< The share of the node's network cards that one member has.
  CollectiveAlgorithm algorithm = CollectiveAlgorithm::kBest;

  std::int64_t nodes() const { return (members + per_node - 1) / per_node; }
};

/// Seconds. `bytes` is the size of the whole buffer, also for gather and scatter.
double all_reduce(const Route& route, double bytes);
/// Half of a ring or hierarchical all-reduce; trees do not scatter.
double all_gather(const Route& route, double bytes);
double reduce_scatter(const Route& route, double bytes);
/// Every member sends bytes / members to each other one.
double all_to_all(const Route& route, double bytes);
/// Bytes that a member's share of the network carries away in one gather or scatter; an all-reduce
/// is two.
double sent_between_nodes(const Route& route, double bytes);
/// One message of `bytes`.
double point_to_point(const Link& link, double bytes);

}  // namespace tandem

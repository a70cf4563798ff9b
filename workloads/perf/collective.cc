// Alpha-beta formulas. Of each algorithm: n members in o nodes, g in each.
#include "workloads/perf/collective.h"

#include <algorithm>
#include <cmath>

#include "workloads/catalog/fabric.h"

namespace tandem {
namespace {

double base_latency(const Route& route) {
  return route.nodes() > 1 ? std::max(route.inside.latency, route.between.latency)
                           : route.inside.latency;
}

/// The slowest cut of a ring that leaves each node through all cards of its members.
double ring_bytes_per_s(const Route& route) {
  if (route.nodes() == 1) return route.inside.bytes_per_s;
  const double out = route.between.bytes_per_s * static_cast<double>(route.per_node);
  return route.per_node > 1 ? std::min(out, route.inside.bytes_per_s) : out;
}

/// What a block collects on its way once around the ring.
double ring_hops(const Route& route) {
  const auto crossings = static_cast<double>(route.nodes() - 1);
  const auto inside = static_cast<double>(route.members - route.nodes());
  return crossings * route.between.hop_latency + inside * route.inside.hop_latency;
}

/// (n-1) alpha + (n-1)/n S/B: an all-gather, a reduce-scatter, half of an all-reduce.
double half_ring(const Route& route, double bytes) {
  const auto n = static_cast<double>(route.members);
  return ring_hops(route) + (n - 1) / n * bytes / ring_bytes_per_s(route);
}

double tree(const Route& route, double bytes) {
  const auto depth = std::ceil(std::log2(static_cast<double>(route.nodes())));
  const auto chain = static_cast<double>(route.per_node - 1);
  const double hops = depth * route.between.hop_latency + chain * route.inside.hop_latency;
  return base_latency(route) + 2 * hops + 2 * bytes / ring_bytes_per_s(route);
}

double ring(const Route& route, double bytes) {
  return base_latency(route) + 2 * half_ring(route, bytes);
}

/// Half of it: through the members of a node, then through equals of all nodes with a part each.
double half_hierarchical(const Route& route, double bytes) {
  if (route.nodes() == 1 || route.per_node == 1) return half_ring(route, bytes);
  const Route inside{route.per_node, route.per_node, route.inside, route.between};
  const Route between{route.nodes(), 1, route.inside, route.between};
  return half_ring(inside, bytes) + half_ring(between, bytes / static_cast<double>(route.per_node));
}

double hierarchical(const Route& route, double bytes) {
  return base_latency(route) + 2 * half_hierarchical(route, bytes);
}

double half(const Route& route, double bytes) {
  if (route.members <= 1 || bytes <= 0) return 0;
  const bool in_levels = route.algorithm == CollectiveAlgorithm::kHierarchical;
  return base_latency(route) +
         (in_levels ? half_hierarchical(route, bytes) : half_ring(route, bytes));
}

}  // namespace

Link link_of(const Fabric& fabric) {
  return {fabric.achieved_bytes_per_s(), fabric.latency, fabric.hop_latency};
}

double all_reduce(const Route& route, double bytes) {
  if (route.members <= 1 || bytes <= 0) return 0;
  switch (route.algorithm) {
    case CollectiveAlgorithm::kRing: return ring(route, bytes);
    case CollectiveAlgorithm::kTree: return tree(route, bytes);
    case CollectiveAlgorithm::kHierarchical: return hierarchical(route, bytes);
    case CollectiveAlgorithm::kBest: break;
  }
  return std::min(ring(route, bytes), tree(route, bytes));
}

double all_gather(const Route& route, double bytes) { return half(route, bytes); }
double reduce_scatter(const Route& route, double bytes) { return half(route, bytes); }

double all_to_all(const Route& route, double bytes) {
  if (route.members <= 1 || bytes <= 0) return 0;
  const auto n = static_cast<double>(route.members);
  const auto near = static_cast<double>(route.per_node - 1);
  const double far = n - 1 - near;
  const double part = bytes / n;
  const double inside = near * (route.inside.hop_latency + part / route.inside.bytes_per_s);
  if (far <= 0) return base_latency(route) + inside;
  const double between = far * (route.between.hop_latency + part / route.between.bytes_per_s);
  return base_latency(route) + std::max(inside, between);
}

double sent_between_nodes(const Route& route, double bytes) {
  if (route.nodes() == 1) return 0;
  const auto n = static_cast<double>(route.members);
  return (n - 1) / n * bytes / static_cast<double>(route.per_node);
}

double point_to_point(const Link& link, double bytes) {
  return link.latency + link.hop_latency + bytes / link.bytes_per_s;
}

}  // namespace tandem

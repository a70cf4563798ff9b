#include "policies/core/water_fill.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "policies/core/check.h"

namespace tandem {

std::vector<double> water_fill(double capacity, std::span<const double> demands,
                               std::span<const double> weights) {
  CHECK(demands.size() == weights.size(), "{} demands, {} weights", demands.size(), weights.size());
  // Those that are full at the lowest level first; demand / weight, without dividing by zero.
  std::vector<std::size_t> order(demands.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    const double full_a = demands[a] * weights[b];
    const double full_b = demands[b] * weights[a];
    const bool no_weight_a = weights[a] <= 0;
    const bool no_weight_b = weights[b] <= 0;
    return std::tie(no_weight_a, full_a, a) < std::tie(no_weight_b, full_b, b);
  });
  double weight_left = std::accumulate(weights.begin(), weights.end(), 0.0);
  std::vector<double> given(demands.size(), 0);
  for (const std::size_t i : order) {
    if (weights[i] <= 0) break;
    given[i] = std::min(demands[i], capacity * weights[i] / weight_left);
    capacity -= given[i];
    weight_left -= weights[i];
  }
  return given;
}

std::vector<double> weighted_shares(double capacity, const Tenants& tenants) {
  // The sum over the children of each tenant; those at the top are children of the last.
  const std::size_t top = tenants.size();
  std::vector<double> sums(top + 1, 0);
  const auto parent_of = [&](const Tenant& t) { return t.parent ? t.parent->value : top; };
  for (const Tenant& tenant : tenants.all()) sums[parent_of(tenant)] += tenant.shares;
  std::vector<double> parts(top + 1, capacity);
  for (const Tenant& tenant : tenants.all()) {  // Parents come before their children.
    const std::size_t parent = parent_of(tenant);
    const double fraction = sums[parent] > 0 ? tenant.shares / sums[parent] : 0;
    parts[tenant.id.value] = parts[parent] * fraction;
  }
  parts.pop_back();
  return parts;
}

}  // namespace tandem

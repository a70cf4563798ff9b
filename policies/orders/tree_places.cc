#include "policies/orders/tree_places.h"

#include <functional>

#include "policies/core/resort.h"

namespace tandem {

TreePlaces::TreePlaces(const Tenants& tenants)
    : children_(tenants.size()), places_(tenants.size()) {
  for (const Tenant& tenant : tenants.all()) {
    auto& siblings = tenant.parent ? children_[tenant.parent->value] : top_;
    siblings.push_back({0, tenants.is_leaf(tenant.id), tenant.id});
  }
}

void TreePlaces::rank(std::vector<Sibling>& siblings, std::span<const double> levels, bool tied) {
  for (Sibling& sibling : siblings) sibling.level = levels[sibling.id.value];
  resort(siblings, std::less<>());
  for (std::size_t i = 0; i < siblings.size();) {
    const double level = siblings[i].level;
    if (i > 0) tied = level == siblings[i - 1].level;
    if (siblings[i].leaf) {
      if (!tied) last_place_ = ranked_;
      places_[siblings[i].id.value] = last_place_;
      ++ranked_;
      ++i;
      continue;
    }
    const std::size_t first = i;
    while (i < siblings.size() && siblings[i].level == level) ++i;
    if (i == first + 1) {
      rank(children_[siblings[first].id.value], levels, tied);
      continue;
    }
    std::vector<Sibling> merged;
    for (std::size_t account = first; account < i; ++account) {
      const auto& children = children_[siblings[account].id.value];
      merged.insert(merged.end(), children.begin(), children.end());
    }
    rank(merged, levels, tied);
  }
}

const std::vector<std::uint32_t>& TreePlaces::rank(std::span<const double> levels) {
  ranked_ = 0;
  last_place_ = 0;
  rank(top_, levels, false);
  return places_;
}

}  // namespace tandem

#include "reports/effective_share.h"

#include <cstddef>

namespace tandem {

std::vector<double> effective_shares(const Tenants& tenants) {
  // The sum over the children of each tenant; those without a parent are children of the last.
  const std::size_t top = tenants.size();
  std::vector<double> children(top + 1, 0);
  const auto parent_of = [top](const Tenant& t) { return t.parent ? t.parent->value : top; };
  for (const Tenant& tenant : tenants.all()) children[parent_of(tenant)] += tenant.shares;

  std::vector<double> result(top + 1, 1);
  for (const Tenant& tenant : tenants.all()) {  // Parents come before their children.
    const std::size_t parent = parent_of(tenant);
    const double part = children[parent] > 0 ? tenant.shares / children[parent] : 0;
    result[tenant.id.value] = result[parent] * part;
  }
  result.pop_back();
  return result;
}

}  // namespace tandem

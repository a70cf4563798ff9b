#include "policies/core/tenant.h"

#include <utility>

namespace tandem {

TenantId Tenants::add(std::string name, std::optional<TenantId> parent, double shares,
                      std::optional<std::uint32_t> quota) {
  const TenantId id{static_cast<std::uint32_t>(tenants_.size())};
  tenants_.push_back({id, std::move(name), parent, shares, quota, {}});
  has_children_.push_back(false);
  if (parent) has_children_[parent->value] = true;
  return id;
}

bool Tenants::is_on_path(TenantId account, TenantId tenant) const {
  for (const Tenant& above : path(tenant)) {
    if (above.id == account) return true;
  }
  return false;
}

std::optional<TenantId> Tenants::find(std::string_view name) const {
  for (const Tenant& tenant : tenants_) {
    if (tenant.name == name) return tenant.id;
  }
  return std::nullopt;
}

}  // namespace tandem

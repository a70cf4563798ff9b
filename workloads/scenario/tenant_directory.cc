// Declares tenants and finds them again.
#include "workloads/scenario/tenant_directory.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/format/scalar.h"

namespace tandem {

void TenantDirectory::declare(const Value& tree, const Document& document, Problems& problems) {
  is_declared_ = true;
  declare_level(tree, std::nullopt, document, problems);
}

void TenantDirectory::declare_level(const Value& tree, std::optional<TenantId> parent,
                                    const Document& document, Problems& problems) {
  for (const Value& item : tree.items) {
    if (item.key.find('/') != std::string::npos) {
      problems.add(document.key_position(item),
                   fmt::format("the tenant name '{}' has a '/', which separates levels", item.key));
    }
    const Value* weight = item.find("weight");
    const Value* quota = item.find("quota");
    const Value* children = item.find("tenants");
    const bool is_group = children != nullptr && !children->items.empty();
    const std::string path = parent ? tenants_.at(*parent).name + "/" + item.key : item.key;
    std::optional<std::uint32_t> most;
    if (quota != nullptr) most = static_cast<std::uint32_t>(integer_of(*quota));
    const TenantId tenant = tenants_.add(path, parent, weight ? number_of(*weight) : 1, most);
    list(tenant, item.key);
    if (const Value* guaranteed = item.find("guaranteed")) {
      tenants_.guarantee(tenant, static_cast<std::uint32_t>(integer_of(*guaranteed)));
    }
    if (is_group) declare_level(*children, tenant, document, problems);
    check_guarantee(item, tenant, document, problems);
  }
}

void TenantDirectory::check_guarantee(const Value& tenant, TenantId id, const Document& document,
                                      Problems& problems) const {
  const Tenant& account = tenants_.at(id);
  const std::uint32_t own = account.guaranteed.value_or(0);
  const Value* guaranteed = tenant.find("guaranteed");
  if (account.quota && own > *account.quota) {
    problems.add(document.position(*guaranteed),
                 fmt::format("'{}' is guaranteed {} devices, more than its quota of {}", tenant.key,
                             own, *account.quota));
  }
  std::uint64_t below = 0;
  for (const Tenant& other : tenants_.all()) {
    if (other.parent == id) below += other.guaranteed.value_or(0);
  }
  if (below <= own) return;
  problems.add(
      guaranteed != nullptr ? document.position(*guaranteed) : document.key_position(tenant),
      fmt::format("the tenants of '{}' are guaranteed {} devices, more than the {} that it "
                  "is guaranteed itself",
                  tenant.key, below, own));
}

void TenantDirectory::list(TenantId tenant, std::string_view last_name) {
  by_path_.emplace(tenants_.at(tenant).name, tenant);
  const auto [entry, is_new] = by_last_name_.try_emplace(std::string(last_name), Entry{tenant});
  if (!is_new) entry->second.is_ambiguous = true;
}

std::optional<TenantId> TenantDirectory::find_account(std::string_view name) const {
  const std::string key(name);
  if (const auto path = by_path_.find(key); path != by_path_.end()) return path->second;
  const auto last = by_last_name_.find(key);
  if (last == by_last_name_.end()) return std::nullopt;
  if (last->second.is_ambiguous) {
    throw InputError(fmt::format("there are several tenants '{}': give the whole path", name));
  }
  return last->second.tenant;
}

TenantId TenantDirectory::account(std::string_view name) const {
  if (const auto known = find_account(name)) return *known;
  std::vector<std::string> names;
  for (const Tenant& tenant : tenants_.all()) names.push_back(tenant.name);
  throw InputError(fmt::format("unknown tenant '{}'{}", name, suggestion(name, names)));
}

std::optional<TenantId> TenantDirectory::find(std::string_view name) const {
  const auto tenant = find_account(name);
  if (tenant && !tenants_.is_leaf(*tenant)) {
    throw InputError(
        fmt::format("tenant '{}' has tenants of its own: only they submit jobs", name));
  }
  return tenant;
}

TenantId TenantDirectory::resolve(std::string_view name) {
  if (const auto known = find(name)) return *known;
  const TenantId tenant = tenants_.add(std::string(name));
  list(tenant, name);
  if (is_declared_) added_.emplace_back(name);
  return tenant;
}

TenantId TenantDirectory::resolve_declared(std::string_view name) {
  if (!is_declared_) return resolve(name);
  if (const auto known = find(name)) return *known;
  std::vector<std::string> leaves;
  for (const Tenant& tenant : tenants_.all()) {
    if (tenants_.is_leaf(tenant.id)) leaves.push_back(tenant.name);
  }
  throw InputError(fmt::format("unknown tenant '{}'{}", name, suggestion(name, leaves)));
}

std::string TenantDirectory::warning() const {
  if (added_.empty()) return {};
  constexpr std::size_t kMostNamed = 5;
  const std::span<const std::string> named(added_.data(), std::min(kMostNamed, added_.size()));
  return fmt::format("{} tenant{} not declared under 'tenants' got weight 1: {}{}", added_.size(),
                     added_.size() == 1 ? "" : "s", fmt::join(named, ", "),
                     added_.size() > kMostNamed ? " …" : "");
}

}  // namespace tandem

// Who jobs are charged to: a tree of accounts with shares, nested to any depth.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/ids.h"

namespace tandem {

/// An account. Only leaves submit jobs.
struct Tenant {
  TenantId id;
  std::string name;  ///< Path from the top, "research/alice"; no white space.
  std::optional<TenantId> parent;
  double shares = 1;                   ///< Its weight among its siblings, 0 or more.
  std::optional<std::uint32_t> quota;  ///< Most devices it may hold at one time; leaves only.
  /// Devices that it gets back from those who borrow them; part of its parent's.
  std::optional<std::uint32_t> guaranteed;
};

/// All tenants of a run. A parent comes before its children.
class Tenants {
 public:
  TenantId add(std::string name, std::optional<TenantId> parent = {}, double shares = 1,
               std::optional<std::uint32_t> quota = {});

  void guarantee(TenantId id, std::uint32_t devices) { tenants_[id.value].guaranteed = devices; }

  std::span<const Tenant> all() const { return tenants_; }
  const Tenant& at(TenantId id) const { return tenants_[id.value]; }
  std::size_t size() const { return tenants_.size(); }
  bool is_leaf(TenantId id) const { return !has_children_[id.value]; }
  /// The tenant whose path is `name`. Linear: for tests and small inputs.
  std::optional<TenantId> find(std::string_view name) const;

 private:
  std::vector<Tenant> tenants_;
  std::vector<bool> has_children_;
};

}  // namespace tandem

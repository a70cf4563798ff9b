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
  std::optional<std::uint32_t> quota;  ///< Most devices it may hold at one time.
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
  /// The account and all above it, from the account to the top.
  class Path;
  Path path(TenantId id) const;
  /// Whether `account` is the tenant or above it.
  bool is_on_path(TenantId account, TenantId tenant) const;
  /// The tenant whose path is `name`. Linear: for tests and small inputs.
  std::optional<TenantId> find(std::string_view name) const;

 private:
  std::vector<Tenant> tenants_;
  std::vector<bool> has_children_;
};

class Tenants::Path {
 public:
  class Iterator {
   public:
    Iterator(const Tenants& tenants, const Tenant* at) : tenants_(&tenants), at_(at) {}
    const Tenant& operator*() const { return *at_; }
    Iterator& operator++() {
      at_ = at_->parent ? &tenants_->at(*at_->parent) : nullptr;
      return *this;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.at_ == b.at_; }

   private:
    const Tenants* tenants_;
    const Tenant* at_;
  };
  Path(const Tenants& tenants, TenantId id) : tenants_(tenants), id_(id) {}
  Iterator begin() const { return {tenants_, &tenants_.at(id_)}; }
  Iterator end() const { return {tenants_, nullptr}; }

 private:
  const Tenants& tenants_;
  TenantId id_;
};

inline Tenants::Path Tenants::path(TenantId id) const { return {*this, id}; }

}  // namespace tandem

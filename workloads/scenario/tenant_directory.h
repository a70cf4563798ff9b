// From the names by which jobs call their tenants to tenants.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "policies/core/tenant.h"
#include "workloads/format/document.h"
#include "workloads/format/problems.h"

namespace tandem {

class TenantDirectory {
 public:
  /// Adds what is missing to `tenants`, which must outlive it.
  explicit TenantDirectory(Tenants& tenants) : tenants_(tenants) {}

  /// Adds the tree below a scenario's `tenants`.
  void declare(const Value& tree, const Document& document, Problems& problems);

  /// The leaf with this path, or with this last name if there is one such. A name that was not
  /// declared becomes a tenant at the top with weight 1. Throws InputError, without a position, for
  /// an ambiguous name and for a tenant that has tenants.
  TenantId resolve(std::string_view name);
  /// The same, but where tenants were declared, an unknown name is an InputError.
  TenantId resolve_declared(std::string_view name);

  /// The account with this path or last name, whether it submits jobs or not. Throws InputError,
  /// without a position, if there is none, or several.
  TenantId account(std::string_view name) const;

  /// One sentence about the tenants that were added although others were declared; may be empty.
  std::string warning() const;

 private:
  struct Entry {
    TenantId tenant;
    bool is_ambiguous = false;
  };
  void declare_level(const Value& tree, std::optional<TenantId> parent, const Document& document,
                     Problems& problems);
  /// Adds a problem unless the guarantees below an account are part of its own.
  void check_guarantee(const Value& tenant, TenantId id, const Document& document,
                       Problems& problems) const;
  void list(TenantId tenant, std::string_view last_name);
  /// Any account.
  std::optional<TenantId> find_account(std::string_view name) const;
  /// One that submits jobs.
  std::optional<TenantId> find(std::string_view name) const;

  Tenants& tenants_;
  bool is_declared_ = false;
  std::unordered_map<std::string, TenantId> by_path_;
  std::unordered_map<std::string, Entry> by_last_name_;
  std::vector<std::string> added_;
};

}  // namespace tandem

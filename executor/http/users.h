// The file of users: who may come in, as whom, and how much. YAML, or JSON, which is YAML:
//
//   users:
//     - { id: 0123456789abcdef, name: alice, tenant: research, roles: [infer, read], hash:
//     "$arg..." }
//   limits:
//     research: { requests_per_minute: 600, concurrent_requests: 32 }
//
// `make_token` gives id and hash. Whoever can write the file is in anyway: keep it to its owner.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/http/roles.h"
#include "executor/http/token.h"
#include "policies/core/tenant.h"

namespace tandem {

/// One token's owner.
struct User {
  std::string id;  ///< Of the token.
  std::string name;
  std::string hash;
  Roles roles;
  TenantId tenant;
  std::string tenant_name;
};

/// Of a tenant, all its users together. Nothing: no limit.
struct TenantLimit {
  std::optional<std::int64_t> requests_per_minute;
  std::optional<std::int64_t> concurrent_requests;
};

struct Access {
  std::vector<User> users;
  std::map<std::string, TenantLimit> limits;  ///< By the name of the tenant.
};

/// Throws InputError with the position for what has not the form, ids that are there twice, and
/// tenants that do not exist or have children.
Access parse_users(std::string_view text, const std::string& file, const Tenants& tenants);
Access read_users(const std::filesystem::path& file, const Tenants& tenants);

/// The line of the file for a new token.
std::string user_line(const NewToken& token, const std::string& name, const std::string& tenant,
                      const std::vector<std::string>& roles);

}  // namespace tandem

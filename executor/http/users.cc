#include "executor/http/users.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/format/check.h"
#include "workloads/format/document.h"
#include "workloads/format/spec.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

constexpr std::size_t kIdLength = 16;

SpecPointer users_spec() {
  const auto name = [] { return scalar(ScalarKind::kName); };
  const auto count = [] { return scalar(ScalarKind::kInteger, 1, 1e9, "from 1 to 1000000000"); };
  const auto user = object({required("id", scalar(ScalarKind::kText), "The token's middle part."),
                            required("name", name(), "Whose it is, for people who read the file."),
                            required("tenant", name(), "Who is charged."),
                            required("roles", list(word(role_names()), 1), "What the user may do."),
                            required("hash", scalar(ScalarKind::kText), "argon2id of the token.")});
  const auto limit =
      object({optional("requests_per_minute", count(), "Requests taken in."),
              optional("concurrent_requests", count(), "Requests that wait or run.")});
  return object({required("users", list(user, 1), "Who may come in."),
                 optional("limits", map(ScalarKind::kName, limit), "By tenant.")});
}

class UsersReader {
 public:
  UsersReader(std::string_view text, const std::string& file, const Tenants& tenants)
      : document_(parse_document(text, file)), tenants_(tenants) {}

  Access read() {
    Problems problems;
    check_form(document_, *users_spec(), problems);
    problems.throw_if_any();
    for (const Value& user : document_.root.find("users")->items) read_user(user);
    if (const Value* limits = document_.root.find("limits")) {
      for (const Value& limit : limits->items) read_limit(limit);
    }
    return std::move(access_);
  }

 private:
  InputError wrong(const Value& value, const std::string& message) const {
    return {document_.position(value), message};
  }

  TenantId tenant(const Position& where, const std::string& name) const {
    const auto found = tenants_.find(name);
    if (found && tenants_.is_leaf(*found)) return *found;
    if (found) {
      throw InputError(where, fmt::format("tenant '{}' has children: name one of them", name));
    }
    std::vector<std::string> names;
    for (const Tenant& one : tenants_.all()) {
      if (tenants_.is_leaf(one.id)) names.push_back(one.name);
    }
    throw InputError(where, fmt::format("unknown tenant '{}'{}", name, suggestion(name, names)));
  }

  void read_user(const Value& entry) {
    const Value& id = *entry.find("id");
    const Value& hash = *entry.find("hash");
    const Value& owner = *entry.find("tenant");
    if (id.text.size() != kIdLength ||
        id.text.find_first_not_of("0123456789abcdef") != std::string::npos) {
      throw wrong(id, fmt::format("'{}' is no id: it has {} digits from 0 to f (in quotes, if it "
                                  "looks like a number)",
                                  id.text, kIdLength));
    }
    if (std::ranges::find(access_.users, id.text, &User::id) != access_.users.end()) {
      throw wrong(id, fmt::format("id '{}' is there twice", id.text));
    }
    if (!is_token_hash(hash.text))
      throw wrong(hash, "this is no hash of argon2id: '$argon2id$...'");
    User& user = access_.users.emplace_back();
    user.id = id.text;
    user.name = entry.find("name")->text;
    user.hash = hash.text;
    user.tenant_name = owner.text;
    user.tenant = tenant(document_.position(owner), owner.text);
    for (const Value& role : entry.find("roles")->items) {
      const auto place = std::ranges::find(role_names(), role.text);
      user.roles.add(static_cast<Role>(place - role_names().begin()));
    }
  }

  void read_limit(const Value& entry) {
    tenant(document_.key_position(entry), entry.key);
    const auto count = [&](std::string_view key) {
      const Value* value = entry.find(key);
      return value == nullptr ? std::nullopt : std::optional(integer_of(*value));
    };
    access_.limits[entry.key] = {count("requests_per_minute"), count("concurrent_requests")};
  }

  const Document document_;
  const Tenants& tenants_;
  Access access_;
};

}  // namespace

Access parse_users(std::string_view text, const std::string& file, const Tenants& tenants) {
  return UsersReader(text, file, tenants).read();
}

Access read_users(const std::filesystem::path& file, const Tenants& tenants) {
  const TextFile text(file);
  return parse_users(text.text(), file.string(), tenants);
}

std::string user_line(const NewToken& token, const std::string& name, const std::string& tenant,
                      const std::vector<std::string>& roles) {
  return fmt::format("  - {{ id: \"{}\", name: {}, tenant: {}, roles: [{}], hash: \"{}\" }}\n",
                     token.id, name, tenant, fmt::join(roles, ", "), token.hash);
}

}  // namespace tandem

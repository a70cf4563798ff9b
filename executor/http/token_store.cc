#include "executor/http/token_store.h"

#include <sodium.h>

#include <algorithm>

#include "policies/core/check.h"

namespace tandem {
namespace {

std::vector<User> by_id(std::vector<User> users) {
  std::ranges::sort(users, {}, &User::id);
  return users;
}

}  // namespace

TokenStore::TokenStore(std::vector<User> users)
    : users_(by_id(std::move(users))), marks_(users_.size()) {
  CHECK(sodium_init() >= 0, "libsodium has no random numbers");
  randombytes_buf(key_.data(), key_.size());
}

const User* TokenStore::claimed_by(std::string_view token) const {
  const auto id = token_id(token);
  if (!id) return nullptr;
  const auto found = std::ranges::lower_bound(users_, *id, {}, &User::id);
  return found != users_.end() && found->id == *id ? &*found : nullptr;
}

bool TokenStore::remembers(const User& user, std::string_view token) const {
  const auto& mark = marks_[place(user)];
  const Mark given = mark_of(token);
  return mark && sodium_memcmp(mark->data(), given.data(), given.size()) == 0;
}

void TokenStore::remember(const User& user, std::string_view token) {
  marks_[place(user)] = mark_of(token);
}

TokenStore::Mark TokenStore::mark_of(std::string_view token) const {
  Mark mark{};
  crypto_generichash(mark.data(), mark.size(), reinterpret_cast<const unsigned char*>(token.data()),
                     token.size(), key_.data(), key_.size());
  return mark;
}

std::size_t TokenStore::place(const User& user) const {
  return static_cast<std::size_t>(&user - users_.data());
}

}  // namespace tandem

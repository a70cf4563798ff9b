// Whose a token is. The slow hash of a token is checked once in the life of a process; from then on
// it is known by a fast keyed one, of which every user has one: so the table is bounded.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "executor/http/users.h"

namespace tandem {

class TokenStore {
 public:
  explicit TokenStore(std::vector<User> users);

  /// The user whose token this is by its id; whether it is, its secret decides.
  const User* claimed_by(std::string_view token) const;
  /// Whether this very token was remembered. Takes the same time whatever differs.
  bool remembers(const User& user, std::string_view token) const;
  /// After verify_token() said so.
  void remember(const User& user, std::string_view token);

 private:
  using Mark = std::array<unsigned char, 32>;
  Mark mark_of(std::string_view token) const;
  std::size_t place(const User& user) const;

  const std::vector<User> users_;  ///< By id.
  std::vector<std::optional<Mark>> marks_;
  Mark key_{};  ///< Of this process.
};

}  // namespace tandem

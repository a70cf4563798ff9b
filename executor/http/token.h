// Bearer tokens: `tdm_ID_SECRET`. The id is public and finds the one hash that is to be checked;
// the secret is known to its owner alone, and a file keeps only its hash.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tandem {

struct NewToken {
  std::string text;  ///< Shown once, to its owner.
  std::string id;
  std::string hash;  ///< For the file of users.
};

/// 64 random bits of id, 256 of secret. Takes tens of milliseconds and 64 MiB, as hash_token().
NewToken make_token();

/// argon2id with a salt of its own, in the form "$argon2id$...".
std::string hash_token(std::string_view token);

/// Whether it is the token of the hash. As slow as hash_token(); may run on any thread.
bool verify_token(const std::string& hash, std::string_view token);

/// Nothing for a text that is no token.
std::optional<std::string_view> token_id(std::string_view token);

/// Whether it is a hash of argon2id that verify_token() takes.
bool is_token_hash(std::string_view hash);

}  // namespace tandem

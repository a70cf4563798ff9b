#include "executor/http/token.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <new>

#include "policies/core/check.h"

namespace tandem {
namespace {

constexpr std::string_view kPrefix = "tdm_";
constexpr std::size_t kIdLength = 16;
constexpr std::size_t kSecretLength = 64;

/// Random bytes, two digits each.
template <std::size_t Digits>
std::string random_hex() {
  std::array<unsigned char, Digits / 2> bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

bool is_hex(std::string_view text) {
  return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

void begin_sodium() { CHECK(sodium_init() >= 0, "libsodium has no random numbers"); }

}  // namespace

NewToken make_token() {
  begin_sodium();
  NewToken token;
  token.id = random_hex<kIdLength>();
  token.text = fmt::format("{}{}_{}", kPrefix, token.id, random_hex<kSecretLength>());
  token.hash = hash_token(token.text);
  return token;
}

std::string hash_token(std::string_view token) {
  begin_sodium();
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  const int failed = crypto_pwhash_str_alg(
      hash.data(), token.data(), token.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
      crypto_pwhash_MEMLIMIT_INTERACTIVE, crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) throw std::bad_alloc();
  return hash.data();
}

bool verify_token(const std::string& hash, std::string_view token) {
  begin_sodium();
  return crypto_pwhash_str_verify(hash.c_str(), token.data(), token.size()) == 0;
}

std::optional<std::string_view> token_id(std::string_view token) {
  constexpr std::size_t kLength = kPrefix.size() + kIdLength + 1 + kSecretLength;
  if (token.size() != kLength || !token.starts_with(kPrefix)) return std::nullopt;
  const std::string_view id = token.substr(kPrefix.size(), kIdLength);
  const std::string_view secret = token.substr(kPrefix.size() + kIdLength + 1);
  if (token[kPrefix.size() + kIdLength] != '_' || !is_hex(id) || !is_hex(secret)) {
    return std::nullopt;
  }
  return id;
}

bool is_token_hash(std::string_view hash) {
  const std::string text(hash);
  return hash.starts_with("$argon2id$") && hash.size() < crypto_pwhash_STRBYTES &&
         crypto_pwhash_str_needs_rehash(text.c_str(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                        crypto_pwhash_MEMLIMIT_INTERACTIVE) >= 0;
}

}  // namespace tandem

// Who comes in, and how much: tokens, the file of users, rates.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "executor/http/api_error.h"
#include "executor/http/guesses.h"
#include "executor/http/same_origin.h"
#include "executor/http/tenant_limits.h"
#include "executor/http/token_store.h"
#include "executor/http/users.h"
#include "tests/support/error_of.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

const TokenBucket::Time kStart{std::chrono::hours(1)};

/// "STATUS CODE retry SECONDS" of what is thrown.
template <class Act>
std::string refusal(Act act) {
  try {
    act();
  } catch (const ApiError& error) {
    const auto wait = error.retry_after.value_or(0s).count();
    return std::to_string(error.status) + " " + error.code + " retry " + std::to_string(wait);
  }
  return "taken";
}

Tenants tenants() {
  Tenants tenants;
  const TenantId lab = tenants.add("lab");
  tenants.add("lab/alice", lab);
  tenants.add("lab/bob", lab);
  return tenants;
}

TEST(Token, BelongsToItsHashAlone) {
  const NewToken token = make_token();
  EXPECT_EQ(token_id(token.text), token.id);
  EXPECT_TRUE(is_token_hash(token.hash));
  EXPECT_TRUE(verify_token(token.hash, token.text));
  std::string other = token.text;
  other.back() = other.back() == '0' ? '1' : '0';
  EXPECT_FALSE(verify_token(token.hash, other));
  EXPECT_NE(make_token().text, token.text);
}

TEST(Token, WhatHasNotItsFormHasNoId) {
  const std::string token = "tdm_0123456789abcdef_" + std::string(64, 'a');
  EXPECT_EQ(token_id(token), "0123456789abcdef");
  EXPECT_EQ(token_id(token + "a"), std::nullopt);
  EXPECT_EQ(token_id("tdn" + token.substr(3)), std::nullopt);
  EXPECT_EQ(token_id("tdm_0123456789abcdeX" + token.substr(20)), std::nullopt);
  EXPECT_EQ(token_id(""), std::nullopt);
}

TEST(TokenStore, RemembersTheTokenThatWasVerifiedAndNoOther) {
  User user;
  user.id = "0123456789abcdef";
  TokenStore store({user});
  const std::string token = "tdm_0123456789abcdef_" + std::string(64, 'a');
  const std::string guess = "tdm_0123456789abcdef_" + std::string(64, 'b');
  const User* owner = store.claimed_by(token);
  ASSERT_NE(owner, nullptr);
  EXPECT_FALSE(store.remembers(*owner, token));
  store.remember(*owner, token);
  EXPECT_TRUE(store.remembers(*owner, token));
  EXPECT_FALSE(store.remembers(*owner, guess));
  EXPECT_EQ(store.claimed_by("tdm_1123456789abcdef_" + std::string(64, 'a')), nullptr);
}

const std::string kHash =
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$"
    "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE";

std::string users_text(const std::string& id, const std::string& rest) {
  return "users:\n  - { id: \"" + id + "\", name: a, " + rest + ", hash: \"" + kHash + "\" }\n";
}

TEST(Users, AreReadWithRolesAndLimits) {
  const std::string text = users_text("0123456789abcdef", "tenant: lab/bob, roles: [infer, read]") +
                           "limits:\n  lab/bob: { requests_per_minute: 60 }\n";
  const Access access = parse_users(text, "users.yaml", tenants());
  ASSERT_EQ(access.users.size(), 1U);
  EXPECT_EQ(access.users[0].tenant, TenantId{2});
  EXPECT_TRUE(access.users[0].roles.may(Role::kInfer));
  EXPECT_FALSE(access.users[0].roles.may(Role::kSubmit));
  EXPECT_EQ(access.limits.at("lab/bob").requests_per_minute, 60);
  EXPECT_EQ(access.limits.at("lab/bob").concurrent_requests, std::nullopt);
}

TEST(Users, LineOfANewTokenCanBeReadBack) {
  NewToken token = make_token();
  const std::string text = "users:\n" + user_line(token, "eve", "lab/alice", {"admin"});
  const Access access = parse_users(text, "users.yaml", tenants());
  EXPECT_EQ(access.users.at(0).id, token.id);
  EXPECT_TRUE(verify_token(access.users.at(0).hash, token.text));
  EXPECT_TRUE(access.users.at(0).roles.may(Role::kSubmit)) << "an admin may everything";
}

TEST(Users, WhatIsWrongIsShownItsPlace) {
  const auto error = [](const std::string& text) {
    return error_of([&] { parse_users(text, "users.yaml", tenants()); });
  };
  EXPECT_THAT(error(users_text("0123456789abcdef", "tenant: lab/bbo, roles: [read]")),
              HasSubstr("users.yaml:2:48: unknown tenant 'lab/bbo' (did you mean 'lab/bob'?)"));
  EXPECT_THAT(error(users_text("0123456789abcdef", "tenant: lab, roles: [read]")),
              HasSubstr("tenant 'lab' has children"));
  EXPECT_THAT(error(users_text("0123456789abcdef", "tenant: lab/bob, roles: [reed]")),
              HasSubstr("read"));
  EXPECT_THAT(error(users_text("12", "tenant: lab/bob, roles: [read]")),
              HasSubstr("'12' is no id: it has 16 digits"));
  const std::string user = users_text("0123456789abcdef", "tenant: lab/bob, roles: [read]");
  EXPECT_THAT(error(user + user.substr(7)), HasSubstr("is there twice"));
  EXPECT_THAT(error("users:\n  - { id: \"0123456789abcdef\", name: a, tenant: lab/bob, roles: "
                    "[read], hash: secret }\n"),
              HasSubstr("no hash of argon2id"));
  EXPECT_THAT(error("users: []"), HasSubstr("users.yaml:1"));
}

TEST(TokenBucket, FillsWithTime) {
  TokenBucket bucket(2, kStart);
  EXPECT_TRUE(bucket.take(kStart));
  EXPECT_TRUE(bucket.take(kStart));
  EXPECT_FALSE(bucket.take(kStart));
  EXPECT_EQ(bucket.wait(), 30s);
  EXPECT_FALSE(bucket.take(kStart + 29s));
  EXPECT_TRUE(bucket.take(kStart + 30s));
  EXPECT_FALSE(bucket.is_full(kStart + 60s));
  EXPECT_TRUE(bucket.is_full(kStart + 90s));
}

TEST(TenantLimits, SayWhichLimitItIs) {
  TenantLimits limits({{"a", {3, 2}}});
  {
    const auto first = limits.enter("a", kStart);
    const auto second = limits.enter("a", kStart);
    EXPECT_EQ(refusal([&] { limits.enter("a", kStart); }), "429 concurrent_requests retry 1");
    EXPECT_EQ(refusal([&] { limits.enter("b", kStart); }), "taken");
  }
  EXPECT_EQ(refusal([&] { limits.enter("a", kStart); }), "taken");
  EXPECT_EQ(refusal([&] { limits.enter("a", kStart); }), "429 requests_per_minute retry 20");
  EXPECT_EQ(refusal([&] { limits.enter("a", kStart + 20s); }), "taken");
}

TEST(Guesses, AreFewForEachAddress) {
  Guesses guesses;
  for (int i = 0; i < 10; ++i) guesses.take("1.2.3.4", kStart);
  EXPECT_EQ(refusal([&] { guesses.take("1.2.3.4", kStart); }), "429 unknown_tokens retry 6");
  EXPECT_EQ(refusal([&] { guesses.take("1.2.3.5", kStart); }), "taken");
  guesses.give_back("1.2.3.4");
  EXPECT_EQ(refusal([&] { guesses.take("1.2.3.4", kStart); }), "taken");
}

TEST(Guesses, ManyAddressesShareWhatIsLeft) {
  Guesses guesses;
  for (int i = 0; i < 4096; ++i) guesses.take(std::to_string(i), kStart);
  for (int i = 0; i < 10; ++i) guesses.take("new " + std::to_string(i), kStart);
  EXPECT_EQ(refusal([&] { guesses.take("newer", kStart); }), "429 unknown_tokens retry 6");
  EXPECT_EQ(refusal([&] { guesses.take("newer", kStart + 1min); }), "taken");
}

TEST(Guesses, ComeFromNetworksOfIpv6) {
  EXPECT_EQ(guessing_address("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(guessing_address("10.0.0.1"), "10.0.0.1");
}

TEST(SameOrigin, PagesOfOtherSitesStayOut) {
  const auto asked = [](const char* host, const char* origin) {
    return refusal([&] { check_origin(host, origin); });
  };
  EXPECT_EQ(asked("localhost:8000", ""), "taken");
  EXPECT_EQ(asked("127.0.0.1:8000", "http://127.0.0.1:8000"), "taken");
  EXPECT_EQ(asked("[::1]:8000", ""), "taken");
  EXPECT_EQ(asked("evil.example:8000", ""), "403  retry 0");
  EXPECT_EQ(asked("localhost:8000", "http://evil.example"), "403  retry 0");
  EXPECT_EQ(asked("localhost:8000", "null"), "403  retry 0");
}

}  // namespace
}  // namespace tandem

// A front end that knows its users: roles, limits of tenants, guesses, and TLS.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/support/http_server.h"
#include "tests/support/raw_client.h"
#include "tests/support/temporary_folder.h"

namespace tandem {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kBody = R"({"model": "bytes", "prompt": "abc", "max_tokens": 3})";

std::string bearer(const NewToken& token) { return "Authorization: Bearer " + token.text + "\r\n"; }

User user_of(const NewToken& token, const std::string& name, Role role) {
  User user;
  user.id = token.id;
  user.name = name;
  user.hash = token.hash;
  user.roles.add(role);
  user.tenant = TenantId{4};
  user.tenant_name = "lab";
  return user;
}

class WithUsers : public testing::Test {
 protected:
  FrontEndOptions options() const {
    FrontEndOptions options;
    options.access.emplace();
    options.access->users = {user_of(reader_, "rita", Role::kRead),
                             user_of(asker_, "ina", Role::kInfer),
                             user_of(admin_, "ada", Role::kAdmin)};
    options.access->limits["lab"] = {std::nullopt, 2};
    return options;
  }
  RawResponse ask(const NewToken& token) {
    return post(server_.port(), "/v1/completions", kBody, bearer(token));
  }

  const NewToken reader_ = make_token();
  const NewToken asker_ = make_token();
  const NewToken admin_ = make_token();
  HttpServer server_{options()};
};

TEST_F(WithUsers, RolesDecide) {
  server_.call([this] { server_.desk().run_every(std::chrono::microseconds(500)); });
  EXPECT_EQ(get(server_.port(), "/health").status, 200);
  const auto nobody = get(server_.port(), "/metrics");
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(nobody.headers.at("www-authenticate"), "Bearer");
  EXPECT_EQ(json::parse(nobody.body)["error"]["type"], "authentication_error");
  EXPECT_EQ(get(server_.port(), "/metrics", bearer(reader_)).status, 200);
  EXPECT_EQ(get(server_.port(), "/metrics", bearer(asker_)).status, 403);
  const auto may_not = ask(reader_);
  EXPECT_EQ(may_not.status, 403);
  EXPECT_THAT(may_not.body, HasSubstr("'rita' has not the role 'infer'"));
  EXPECT_EQ(ask(asker_).status, 200);
  EXPECT_EQ(ask(admin_).status, 200);
  EXPECT_EQ(server_.call([this] { return server_.desk().submitted.at(0).tenant; }), TenantId{4});
}

TEST_F(WithUsers, AnUnknownClientIsRefusedBeforeItsBody) {
  RawClient client(server_.port());
  client.send("POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n");
  EXPECT_EQ(client.response().status, 401);
  EXPECT_EQ(client.rest(), "") << "nobody waits for the rest";
}

TEST_F(WithUsers, ATenantHasSoManyRequestsAtATime) {
  RawClient first(server_.port());
  RawClient second(server_.port());
  for (const RawClient* client : {&first, &second}) {
    client->send(post_text("/v1/completions", kBody, bearer(asker_)));
  }
  ASSERT_TRUE(server_.comes_true([this] { return server_.desk().running() == 2; }));
  const auto third = ask(admin_);
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.headers.at("retry-after"), "1");
  EXPECT_EQ(json::parse(third.body)["error"]["code"], "concurrent_requests");
  first.close();
  ASSERT_TRUE(server_.comes_true([this] { return server_.desk().running() == 1; }));
  RawClient fourth(server_.port());
  fourth.send(post_text("/v1/completions", kBody, bearer(admin_)));
  EXPECT_TRUE(server_.comes_true([this] { return server_.desk().running() == 2; }));
}

TEST_F(WithUsers, GuessesAreFew) {
  std::string guess = asker_.text;
  guess.back() = guess.back() == '0' ? '1' : '0';
  const auto guessed = [&] {
    return get(server_.port(), "/v1/models", "Authorization: Bearer " + guess + "\r\n");
  };
  for (int i = 0; i < 10; ++i) EXPECT_EQ(guessed().status, 401);
  const auto last = guessed();
  EXPECT_EQ(last.status, 429);
  EXPECT_GE(std::stoi(last.headers.at("retry-after")), 1);
}

TEST_F(WithUsers, AKnownTokenCostsNoGuess) {
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(get(server_.port(), "/v1/models", bearer(asker_)).status, 200);
  }
}

TEST(Tls, IsSpokenWithItsCertificate) {
  const TemporaryFolder folder;
  const std::string path = folder.path().string();
  const std::string make =
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 "
      "-nodes -subj /CN=localhost -days 2 -keyout " +
      path + "/key.pem -out " + path + "/cert.pem 2>/dev/null";
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "needs the program openssl";
  FrontEndOptions options;
  options.tls = TlsFiles{folder.path() / "cert.pem", folder.path() / "key.pem"};
  HttpServer server(std::move(options));
  EXPECT_THAT(server.call([&] { return server.front().url(); }), HasSubstr("https://127.0.0.1:"));
  // A client of its own kind, that checks the certificate.
  const std::string ask =
      "printf 'GET /health HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' | "
      "timeout 20 openssl s_client -quiet -ign_eof -verify_return_error -verify_hostname localhost "
      "-CAfile " +
      path + "/cert.pem -connect 127.0.0.1:" + std::to_string(server.port()) + " > " + path +
      "/said 2>/dev/null";
  std::system(ask.c_str());
  std::ifstream said(folder.path() / "said");
  const std::string text{std::istreambuf_iterator<char>(said), {}};
  EXPECT_THAT(text, HasSubstr("HTTP/1.1 200 OK"));
  EXPECT_THAT(text, HasSubstr(R"({"status":"ok"})"));
  RawClient plain(server.port());
  plain.send(get_text("/health"));
  EXPECT_EQ(plain.rest().find("HTTP/1.1"), std::string::npos) << "nothing is said in the clear";
}

}  // namespace
}  // namespace tandem

#include "executor/load/server_url.h"

#include <gtest/gtest.h>

#include "tests/support/error_of.h"

namespace tandem {
namespace {

TEST(ServerUrl, HasItsParts) {
  const ServerUrl plain = server_url("http://localhost:8000");
  EXPECT_FALSE(plain.is_secure);
  EXPECT_EQ(plain.host, "localhost");
  EXPECT_EQ(plain.port, "8000");
  EXPECT_EQ(plain.base, "/v1");
  EXPECT_EQ(plain.authority(), "localhost:8000");
  EXPECT_EQ(server_url("http://localhost:8000/v1/").base, "/v1");
  EXPECT_EQ(server_url("https://api.example.org/proxy/").base, "/proxy/v1");
  EXPECT_EQ(server_url("https://api.example.org").port, "443");
  EXPECT_EQ(server_url("http://example.org/").port, "80");
  const ServerUrl v6 = server_url("http://[::1]:81/v1");
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.port, "81");
  EXPECT_EQ(v6.authority(), "[::1]:81");
}

TEST(ServerUrl, RefusesWhatIsNone) {
  for (const char* text :
       {"", "localhost:8000", "ftp://x", "http://", "http://:80", "http://a:0", "http://a:99999",
        "http://a:x", "http://a?b", "http://u@a", "http://a b", "http://a\r\nX: y"}) {
    EXPECT_NE(error_of([&] { server_url(text); }), "no error") << text;
  }
}

}  // namespace
}  // namespace tandem

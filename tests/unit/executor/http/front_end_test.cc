// HTTP as clients get it wrong: malformed, too large, too slow, too many.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/error_of.h"
#include "tests/support/http_server.h"
#include "tests/support/raw_client.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using nlohmann::json;
using testing::HasSubstr;
using testing::StartsWith;

std::string message_of(const RawResponse& response) {
  return json::parse(response.body).at("error").at("message");
}

/// What a server says to these bytes, and that it closes the connection then.
RawResponse answer_and_close(HttpServer& server, std::string_view bytes) {
  RawClient client(server.port());
  client.send(bytes);
  RawResponse response = client.response();
  EXPECT_EQ(client.rest(), "") << "the connection stays open";
  return response;
}

TEST(FrontEnd, SaysWhoItIs) {
  HttpServer server;
  EXPECT_EQ(get(server.port(), "/health").body, R"({"status":"ok"})");
  EXPECT_EQ(json::parse(get(server.port(), "/version").body)["version"], "1.2.3");
  const auto models = json::parse(get(server.port(), "/v1/models").body);
  EXPECT_EQ(models["data"][0]["id"], "bytes");
  EXPECT_EQ(models["data"][0]["max_model_len"], 2000);
  EXPECT_EQ(json::parse(get(server.port(), "/v1/models/bytes").body)["id"], "bytes");
  const auto status = json::parse(get(server.port(), "/status.json").body);
  EXPECT_EQ(status["models"][0]["name"], "bytes");
  EXPECT_EQ(status["connections"], 1);
}

TEST(FrontEnd, PathsAndMethodsThatDoNotExistAreNamed) {
  HttpServer server;
  const auto lost = get(server.port(), "/v1/modles");
  EXPECT_EQ(lost.status, 404);
  EXPECT_EQ(message_of(lost), "nothing is at '/v1/modles' (did you mean '/v1/models'?)");
  const auto wrong = get(server.port(), "/v1/completions");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.headers.at("allow"), "POST");
  EXPECT_EQ(post(server.port(), "/health", "").headers.at("allow"), "GET, HEAD");
  const auto unknown = get(server.port(), "/v1/models/byts");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(message_of(unknown), "there is no model 'byts' (did you mean 'bytes'?)");
}

TEST(FrontEnd, AConnectionTakesOneRequestAfterTheOther) {
  HttpServer server;
  RawClient client(server.port());
  client.send(get_text("/health") + get_text("/version") + get_text("/health"));
  EXPECT_EQ(client.response().body, R"({"status":"ok"})");
  EXPECT_THAT(client.response().body, HasSubstr("1.2.3"));
  EXPECT_EQ(client.response().body, R"({"status":"ok"})");
  client.send("HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  const std::string head = client.rest();
  EXPECT_THAT(head, HasSubstr("Content-Length: 15\r\n"));
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << "a response to HEAD has no body";
}

TEST(FrontEnd, WhatIsNotHttpIsAnErrorInJson) {
  HttpServer server;
  const std::vector<std::string_view> nonsense{
      "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03 TLS\r\n\r\n"sv,
      "nonsense\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "GET / HTTP/1.1\r\nno colon\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"};
  for (const std::string_view bytes : nonsense) {
    const auto response = answer_and_close(server, bytes);
    EXPECT_EQ(response.status, 400) << bytes;
    EXPECT_THAT(message_of(response), StartsWith("this is not HTTP: ")) << bytes;
  }
  EXPECT_EQ(answer_and_close(server, "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n").status,
            400)
      << "there is no Host";
}

TEST(FrontEnd, ABrokenChunkIsAnError) {
  HttpServer server;
  const auto response = answer_and_close(server,
                                         "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n"
                                         "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
  EXPECT_EQ(response.status, 400);
}

TEST(FrontEnd, ABodyMayComeInChunksOfAnySize) {
  HttpServer server;
  const std::string body = R"({"model": "nobody", "prompt": "x"})";
  RawClient client(server.port());
  client.send(
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (const char byte : body) client.send(std::string("1\r\n") + byte + "\r\n");
  client.send("0\r\n\r\n" + get_text("/health"));
  EXPECT_THAT(message_of(client.response()), HasSubstr("no model 'nobody'"));
  EXPECT_EQ(client.response().status, 200) << "the next request begins behind it";
}

/// Beast 1.74 aborts if the last chunk comes in pieces, of which the second is one byte long.
TEST(FrontEnd, TheLastChunkMayComeInPieces) {
  HttpServer server;
  const std::string head =
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const char* body : {"", "5\r\nhello\r\n"}) {
    RawClient client(server.port());
    client.send(head + body + "0\r\n");
    for (const char* byte : {"\r", "\n"}) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      client.send(byte);
    }
    EXPECT_EQ(client.response().status, 400);
  }
  EXPECT_EQ(get(server.port(), "/health").status, 200);
}

TEST(FrontEnd, HugeHeadersAndBodiesAreRefused) {
  FrontEndOptions options;
  options.limits.header_bytes = 1000;
  options.limits.body_bytes = 2000;
  HttpServer server(std::move(options));
  const std::string large(5'000'000, 'x');
  const auto header = answer_and_close(server, get_text("/health", "X: " + large + "\r\n"));
  EXPECT_EQ(header.status, 431);
  EXPECT_EQ(message_of(header), "the header has more than 1000 bytes");
  const auto body = answer_and_close(server, post_text("/v1/completions", large));
  EXPECT_EQ(body.status, 413);
  EXPECT_EQ(message_of(body), "the body has more than 2000 bytes");
  const auto chunked = answer_and_close(server,
                                        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n"
                                        "Transfer-Encoding: chunked\r\n\r\n800\r\n" +
                                            large);
  EXPECT_EQ(chunked.status, 413);
}

TEST(FrontEnd, BodiesShareABudget) {
  FrontEndOptions options;
  options.limits.bodies_bytes = 1000;
  HttpServer server(std::move(options));
  RawClient slow(server.port());
  slow.send("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\n{");
  ASSERT_TRUE(server.comes_true([&] { return server.front().connections() == 1; }));
  const std::string body = R"({"model": "nobody", "prompt": ")" + std::string(200, 'x') + "\"}";
  // The slow client's head may still be on its way.
  RawResponse second = post(server.port(), "/v1/completions", body);
  for (int i = 0; i < 1000 && second.status == 404; ++i) {
    second = post(server.port(), "/v1/completions", body);
  }
  EXPECT_EQ(second.status, 503);
  EXPECT_EQ(message_of(second), "too many bodies are being received");
  slow.close();
  ASSERT_TRUE(server.comes_true([&] { return server.front().connections() == 0; }));
  EXPECT_EQ(post(server.port(), "/v1/completions", body).status, 404);
}

TEST(FrontEnd, SlowClientsAreTimedOut) {
  FrontEndOptions options;
  options.limits.header_time = 100ms;
  options.limits.body_time = 100ms;
  options.limits.idle_time = 100ms;
  HttpServer server(std::move(options));
  const auto header = answer_and_close(server, "GET /health HT");
  EXPECT_EQ(header.status, 408);
  EXPECT_EQ(message_of(header), "the header was not there within 0.1 s");
  const auto body = answer_and_close(
      server, "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");
  EXPECT_EQ(body.status, 408);
  RawClient idle(server.port());
  EXPECT_EQ(idle.rest(), "") << "who says nothing hears nothing";
}

TEST(FrontEnd, AsksForABodyThatWaitsToBeAskedFor) {
  HttpServer server;
  RawClient client(server.port());
  const std::string body = R"({"model": "nobody", "prompt": "x"})";
  client.send(
      "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: " +
      std::to_string(body.size()) + "\r\n\r\n");
  EXPECT_EQ(client.read_to("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send(body);
  EXPECT_EQ(client.response().status, 404);
}

TEST(FrontEnd, ConnectionsBeyondTheLimitAreRefusedAtOnce) {
  FrontEndOptions options;
  options.limits.connections = 2;
  HttpServer server(std::move(options));
  RawClient first(server.port());
  RawClient second(server.port());
  ASSERT_TRUE(server.comes_true([&] { return server.front().connections() == 2; }));
  for (int i = 0; i < 20; ++i) {
    RawClient third(server.port());
    const auto response = third.response();
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(response.headers.at("retry-after"), "1");
    EXPECT_EQ(message_of(response), "too many connections");
  }
  first.close();
  ASSERT_TRUE(server.comes_true([&] { return server.front().connections() == 1; }));
  EXPECT_EQ(get(server.port(), "/health").status, 200);
}

TEST(FrontEnd, ListensBeyondLoopbackOnlyWithUsersAndTls) {
  boost::asio::io_context io;
  FakeDesk desk(io);
  const auto listening = [&](FrontEndOptions options) {
    return error_of([&] { const FrontEnd front(io, desk, std::move(options)); });
  };
  FrontEndOptions options;
  options.address = "0.0.0.0";
  EXPECT_EQ(listening(options),
            "listening on 0.0.0.0 without users would let others in: give a file of users, or say "
            "that it is to be insecure");
  options.access = Access{};
  EXPECT_THAT(listening(options), HasSubstr("without TLS"));
  options.is_insecure = true;
  EXPECT_EQ(listening(options), "no error");
  options.address = "localhost";
  EXPECT_THAT(listening(options), HasSubstr("'localhost' is no address"));
}

TEST(FrontEnd, SaysWhatKeepsItFromListening) {
  boost::asio::io_context io;
  FakeDesk desk(io);
  const FrontEnd first(io, desk, {});
  FrontEndOptions options;
  options.port = first.port();
  EXPECT_THAT(error_of([&] { const FrontEnd second(io, desk, options); }),
              HasSubstr("Address already in use"));
  options.port = 0;
  options.tls = TlsFiles{"/nowhere/cert.pem", "/nowhere/key.pem"};
  EXPECT_THAT(error_of([&] { const FrontEnd second(io, desk, options); }),
              StartsWith("/nowhere/cert.pem: "));
}

TEST(FrontEnd, WithoutUsersSaysWhoIsAdmin) {
  HttpServer server;
  EXPECT_THAT(server.log(), HasSubstr("whoever reaches this address is admin"));
  const auto other = get(server.port(), "/status.json", "Origin: http://evil.example\r\n");
  EXPECT_EQ(other.status, 403);
}

TEST(FrontEnd, ThePageLoadsNothingFromElsewhere) {
  HttpServer server;
  for (const char* path : {"/", "/page.css", "/page.js"}) {
    const auto response = get(server.port(), path);
    EXPECT_EQ(response.status, 200);
    EXPECT_THAT(response.headers.at("content-security-policy"),
                HasSubstr("default-src 'none'; script-src 'self'; style-src 'self'"));
    EXPECT_EQ(response.headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(response.body.find("//cdn"), std::string::npos);
    EXPECT_EQ(response.body.find("https://"), std::string::npos);
  }
}

}  // namespace
}  // namespace tandem

// Many clients at once: every token arrives, in order, and memory has a bound.

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/support/http_server.h"
#include "tests/support/raw_client.h"

namespace tandem {
namespace {

using nlohmann::json;

constexpr int kStreams = 200;
constexpr int kTokens = 100;

/// "0042" and so on, a hundred bytes of it: each stream's answer is its own.
std::string prompt_of(int number) {
  std::string prompt;
  while (prompt.size() < kTokens) prompt += std::to_string(10'000 + number);
  return prompt.substr(0, kTokens);
}

TEST(FrontEndUnderLoad, EveryTokenOf200StreamsArrivesInOrder) {
  HttpServer server;
  server.call([&] { server.desk().keeps_requests = false; });
  std::vector<RawClient> clients;
  for (int i = 0; i < kStreams; ++i) {
    clients.emplace_back(server.port());
    const json body{
        {"model", "bytes"}, {"prompt", prompt_of(i)}, {"max_tokens", kTokens}, {"stream", true}};
    ASSERT_TRUE(clients.back().send(post_text("/v1/completions", body.dump())));
  }
  ASSERT_TRUE(server.comes_true([&] { return server.desk().running() == kStreams; }));
  server.call([&] { server.desk().run_every(std::chrono::milliseconds(2)); });
  for (int i = 0; i < kStreams; ++i) {
    const auto events = events_of(clients[static_cast<std::size_t>(i)].response().body);
    ASSERT_EQ(events.size(), static_cast<std::size_t>(kTokens) + 2) << "stream " << i;
    std::string text;
    for (int token = 0; token < kTokens; ++token) {
      text += json::parse(events[static_cast<std::size_t>(token)])["choices"][0]["text"];
    }
    EXPECT_EQ(text, prompt_of(i));
  }
}

std::int64_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  in >> size >> resident;
  return resident * 4096;
}

TEST(FrontEndUnderLoad, TenThousandConnectionsTakeLittleMemory) {
  constexpr int kConnections = 10'000;
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t needed = 2 * kConnections + 1'000;  // Both ends are here.
  limit.rlim_cur = std::max(limit.rlim_cur, needed);
  limit.rlim_max = std::max(limit.rlim_max, needed);  // Which root may.
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    GTEST_SKIP() << "needs " << needed << " descriptors (ulimit -n)";
  }
  HttpServer server;
  server.call([&] { server.desk().run_every(std::chrono::milliseconds(2)); });
  const std::int64_t before = resident_bytes();
  std::vector<RawClient> clients;
  for (int i = 0; i < kConnections; ++i) {
    clients.emplace_back(server.port());
    // Some say nothing, some stop in the middle of a head.
    if (i % 2 == 0) clients.back().send("POST /v1/completions HTTP/1.1\r\nX: " + prompt_of(i));
  }
  ASSERT_TRUE(server.comes_true([&] { return server.front().connections() == kConnections; }));
  EXPECT_EQ(RawClient(server.port()).response().status, 503) << "one more is refused";
  const std::int64_t each = (resident_bytes() - before) / kConnections;
  RecordProperty("bytes_each", std::to_string(each));
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(each, 32 << 10);
#endif
  for (int i = 1; i < 100; i += 2) {
    auto& client = clients[static_cast<std::size_t>(i)];
    client.send(get_text("/health"));
    EXPECT_EQ(client.response().status, 200) << "the others are served";
  }
}

TEST(FrontEndUnderLoad, WhoComesAndGoesLeavesNothingBehind) {
  HttpServer server;
  server.call([&] { server.desk().keeps_requests = false; });
  const std::string stream = post_text(
      "/v1/completions", R"({"model": "bytes", "prompt": "abc", "max_tokens": 9, "stream": true})");
  std::int64_t warm = 0;
  for (int i = 0; i < 3'000; ++i) {
    if (i == 500) warm = resident_bytes();
    RawClient client(server.port());
    client.send(stream.substr(0, static_cast<std::size_t>(i) % stream.size() + 1));
  }
  ASSERT_TRUE(server.comes_true([&] { return server.front().connections() == 0; }));
  EXPECT_EQ(server.call([&] { return server.desk().running(); }), 0U);
#ifndef __SANITIZE_ADDRESS__
  EXPECT_LT(resident_bytes() - warm, 8 << 20);
#endif
}

}  // namespace
}  // namespace tandem

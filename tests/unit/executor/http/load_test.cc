// Many clients at once: every token arrives, in order, and memory has a bound.

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "tests/support/http_server.h"
#include "tests/support/raw_client.h"

namespace tandem {
namespace {

using nlohmann::json;

// Sanitizers keep what was freed, and notes about all of it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kMemoryIsOurs = false;
#else
constexpr bool kMemoryIsOurs = true;
#endif

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

/// Clients in a process of their own, as one may not have descriptors for both ends.
class DistantClients {
 public:
  DistantClients() {
    if (::pipe(to_child_) != 0 || ::pipe(from_child_) != 0) throw std::runtime_error("no pipe");
    child_ = ::fork();
    if (child_ != 0) return;
    ::close(to_child_[1]);
    ::_exit(connect_all() ? 0 : 1);
  }
  ~DistantClients() {
    leave();
    for (const int end : {to_child_[0], from_child_[0], from_child_[1]}) ::close(end);
  }
  DistantClients(const DistantClients&) = delete;
  DistantClients& operator=(const DistantClients&) = delete;

  /// Connects so many. False: descriptors are too few.
  bool connect(int count, std::uint16_t port) {
    const int wish[2] = {count, port};
    char done = 0;
    return ::write(to_child_[1], wish, sizeof wish) == sizeof wish &&
           ::read(from_child_[0], &done, 1) == 1 && done == 'y';
  }
  void leave() {
    if (child_ <= 0) return;
    ::close(to_child_[1]);
    ::waitpid(std::exchange(child_, 0), nullptr, 0);
  }

 private:
  bool connect_all() const {
    int wish[2] = {};
    if (::read(to_child_[0], wish, sizeof wish) != sizeof wish) return false;
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
    std::vector<RawClient> clients;
    char done = 'y';
    try {
      for (int i = 0; i < wish[0]; ++i) {
        clients.emplace_back(static_cast<std::uint16_t>(wish[1]));
        // Some say nothing, some stop in the middle of a head.
        if (i % 2 == 0) clients.back().send("POST /v1/completions HTTP/1.1\r\nX: " + prompt_of(i));
      }
    } catch (const std::runtime_error&) {
      done = 'n';
    }
    return ::write(from_child_[1], &done, 1) == 1 && ::read(to_child_[0], &done, 1) == 0;
  }

  int to_child_[2] = {-1, -1};
  int from_child_[2] = {-1, -1};
  pid_t child_ = 0;
};

TEST(FrontEndUnderLoad, TenThousandConnectionsTakeLittleMemory) {
  constexpr int kConnections = 10'000;
  DistantClients clients;  // Before there is a thread.
  FrontEndOptions options;
  options.limits.connections = kConnections;
  HttpServer server(std::move(options));
  const std::int64_t before = resident_bytes();
  const bool are_there = clients.connect(kConnections, server.port());
  if (!are_there || server.log().find("descriptors are there for") != std::string::npos) {
    GTEST_SKIP() << "needs descriptors for " << kConnections << " connections (ulimit -n)";
  }
  ASSERT_TRUE(server.comes_true([&] { return server.front().connections() == kConnections; }));
  EXPECT_EQ(RawClient(server.port()).response().status, 503) << "one more is refused";
  const std::int64_t each = (resident_bytes() - before) / kConnections;
  RecordProperty("bytes_each", std::to_string(each));
  EXPECT_TRUE(each < 32 << 10 || !kMemoryIsOurs) << each;
  clients.leave();
  ASSERT_TRUE(server.comes_true([&] { return server.front().connections() == 0; }));
  EXPECT_EQ(get(server.port(), "/health").status, 200);
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
  EXPECT_TRUE(resident_bytes() - warm < 8 << 20 || !kMemoryIsOurs);
}

}  // namespace
}  // namespace tandem

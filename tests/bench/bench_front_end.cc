// Streams of one front-end thread: the worst gap between two tokens of a stream, counted in steps
// of the engine, and what a token costs that thread. The client is another thread, on whatever
// core there is.

#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "tests/support/http_server.h"
#include "tests/support/raw_client.h"

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;

constexpr auto kStep = std::chrono::milliseconds(10);
constexpr int kTokens = 300;

double thread_cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

struct Stream {
  RawClient client;
  Clock::time_point last{};  ///< When its last token came.
  bool is_over = false;
};

/// Reads all streams to their ends; the longest time between two reads of one that had tokens.
Clock::duration worst_gap(std::vector<Stream>& streams) {
  const int poll = ::epoll_create1(0);
  for (std::size_t i = 0; i < streams.size(); ++i) {
    epoll_event event{EPOLLIN, {}};
    event.data.u64 = i;
    ::epoll_ctl(poll, EPOLL_CTL_ADD, streams[i].client.descriptor(), &event);
  }
  Clock::duration worst{};
  std::array<epoll_event, 256> events;
  std::array<char, 65536> bytes;
  for (std::size_t open = streams.size(); open > 0;) {
    const int count = ::epoll_wait(poll, events.data(), events.size(), -1);
    const auto now = Clock::now();
    for (int i = 0; i < count; ++i) {
      Stream& stream = streams[events[static_cast<std::size_t>(i)].data.u64];
      const ssize_t size =
          ::recv(stream.client.descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT);
      const std::string_view text(bytes.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
      // The head comes at once, before any token.
      if (text.find("data: ") == std::string_view::npos) continue;
      if (stream.last != Clock::time_point{}) worst = std::max(worst, now - stream.last);
      stream.last = now;
      if (stream.is_over || text.find("[DONE]") == std::string_view::npos) continue;
      stream.is_over = true;
      --open;
    }
  }
  ::close(poll);
  return worst;
}

void streams(benchmark::State& state) {
  const auto count = static_cast<std::size_t>(state.range(0));
  const std::string request = post_text(
      "/v1/completions",
      fmt::format(R"({{"model": "bytes", "prompt": "abc", "max_tokens": {}, "stream": true}})",
                  kTokens));
  for (auto _ : state) {
    HttpServer server;
    std::vector<Stream> all;
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back({RawClient(server.port())});
      all.back().client.send(request);
    }
    server.comes_true([&] { return server.desk().running() == count; });
    const double before = server.call(thread_cpu_seconds);
    server.call([&] { server.desk().run_every(kStep); });
    const auto gap = worst_gap(all);
    const double cpu = server.call(thread_cpu_seconds) - before;
    state.counters["worst_gap_steps"] = std::chrono::duration<double>(gap) / kStep;
    state.counters["cpu_us_per_token"] = 1e6 * cpu / static_cast<double>(count * kTokens);
  }
}
BENCHMARK(streams)->Arg(1)->Arg(200)->Iterations(1)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tandem

BENCHMARK_MAIN();

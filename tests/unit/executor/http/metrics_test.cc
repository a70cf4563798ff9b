// What Prometheus reads, held against Prometheus' own checker, and the figures of the page.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "executor/http/recent_figures.h"
#include "tests/support/http_server.h"
#include "tests/support/raw_client.h"
#include "tests/support/temporary_file.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

/// After two answers of three tokens, and a refused one.
std::string metrics_after_some_requests(HttpServer& server) {
  const std::string body = R"({"model": "bytes", "prompt": "ab", "max_tokens": 3})";
  server.call([&] { server.desk().run_every(500us); });
  post(server.port(), "/v1/completions", body);
  post(server.port(), "/v1/completions", body);
  server.call([&] { server.desk().places = 0; });
  post(server.port(), "/v1/completions", body);
  return get(server.port(), "/metrics").body;
}

TEST(Metrics, CountWhatHappened) {
  HttpServer server;
  const std::string text = metrics_after_some_requests(server);
  const std::string of_tenant = R"({model="bytes",tenant="everybody"} )";
  EXPECT_THAT(text, HasSubstr("tandem_generation_tokens_total" + of_tenant + "6\n"));
  EXPECT_THAT(text, HasSubstr("tandem_prompt_tokens_total" + of_tenant + "4\n"));
  EXPECT_THAT(text, HasSubstr("tandem_time_to_first_token_seconds_count{model=\"bytes\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tandem_inter_token_latency_seconds_count{model=\"bytes\"} 4\n"));
  EXPECT_THAT(text, HasSubstr("tandem_e2e_request_latency_seconds_count{model=\"bytes\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tandem_request_queue_time_seconds_count{model=\"bytes\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("tandem_requests_refused_total{model=\"bytes\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tandem_num_requests_running{model=\"bytes\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("tandem_num_requests_waiting{model=\"bytes\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("tandem_kv_cache_usage_perc{model=\"bytes\"} 0\n"));
  EXPECT_THAT(text, HasSubstr("tandem_num_preemptions_total{model=\"bytes\"} 3\n"));
  EXPECT_THAT(text, HasSubstr("tandem_http_responses_total{code=\"429\"} 1\n"));
}

TEST(Metrics, PromtoolHasNothingToSay) {
  if (std::system("command -v promtool > /dev/null") != 0) {
    GTEST_SKIP() << "needs promtool (Debian package prometheus)";
  }
  HttpServer server;
  const TemporaryFile metrics("metrics", metrics_after_some_requests(server));
  const std::string said = metrics.folder() / "said";
  const std::string check =
      "promtool check metrics < " + metrics.path().string() + " > " + said + " 2>&1";
  EXPECT_EQ(std::system(check.c_str()), 0);
  std::ifstream in(said);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "");
}

TEST(RecentSamples, PercentilesAreNearestRank) {
  RecentSamples samples;
  EXPECT_EQ(samples.percentile(0.5), 0);
  for (int i = 1; i <= 100; ++i) samples.add(i);
  EXPECT_EQ(samples.percentile(0.5), 50);
  EXPECT_EQ(samples.percentile(0.99), 99);
  EXPECT_EQ(samples.percentile(1), 100);
  for (int i = 0; i < 1024; ++i) samples.add(7);
  EXPECT_EQ(samples.percentile(1), 7) << "the newest count";
}

TEST(RecentRate, CountsTheLastTenWholeSeconds) {
  RecentRate rate;
  const RecentRate::Time start{100s};
  for (int i = 0; i < 30; ++i) rate.add(start + i * 500ms, 2);
  EXPECT_EQ(rate.per_second(start + 15s), 4);
  EXPECT_EQ(rate.per_second(start + 20s), 2);
  EXPECT_EQ(rate.per_second(start + 60s), 0);
}

}  // namespace
}  // namespace tandem

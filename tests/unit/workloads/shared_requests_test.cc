// The readers of requests against the real traces: numbers as the traces' descriptions have them.

#include <gtest/gtest.h>

#include <cmath>
#include <unordered_set>

#include "tests/support/shared_traces.h"
#include "tests/unit/workloads/request_text.h"
#include "workloads/requests/client_arrivals.h"
#include "workloads/requests/lengths.h"

namespace tandem {
namespace {

struct Statistics {
  double prompt = 0;
  double output = 0;
  double rate = 0;
  double cv = 0;  ///< Of the gaps.
};

Statistics statistics_of(const RequestTrace& trace) {
  Statistics result;
  double squares = 0;
  Time last = kStartOfTime;
  for (const RecordedRequest& request : trace.requests) {
    result.prompt += request.prompt_tokens;
    result.output += request.output_tokens;
    const double gap = to_seconds(request.arrival - last);
    squares += gap * gap;
    last = request.arrival;
  }
  const auto count = static_cast<double>(trace.requests.size());
  result.prompt /= count;
  result.output /= count;
  result.rate = count / to_seconds(last);
  const double mean = to_seconds(last) / (count - 1);
  result.cv = std::sqrt(squares / (count - 1) / (mean * mean) - 1);
  return result;
}

RequestTrace read(const std::string& name, RequestFormat format) {
  EXPECT_EQ(detect_request_format(shared_trace(name)), format);
  return read_request_trace(shared_trace(name), format);
}

/// Of the blocks of all prompts, those that an unlimited cache knows from earlier requests.
double hit_rate(const RequestTrace& trace) {
  std::unordered_set<PrefixHash> seen;
  std::size_t hits = 0;
  for (const PrefixHash hash : trace.prefixes) hits += seen.insert(hash).second ? 0 : 1;
  return static_cast<double>(hits) / static_cast<double>(trace.prefixes.size());
}

TEST(SharedRequests, AzureConversations) {
  const char* const name = "azure-llm-2023/AzureLLMInferenceTrace_conv.csv";
  TANDEM_NEEDS_SHARED_TRACE(name);
  const RequestTrace trace = read(name, RequestFormat::kAzureLlm);
  ASSERT_EQ(trace.requests.size(), 19'366U);
  EXPECT_TRUE(trace.warnings.empty());
  EXPECT_NEAR(to_seconds(trace.requests.back().arrival), 3502, 1);
  const Statistics statistics = statistics_of(trace);
  EXPECT_NEAR(statistics.rate, 5.53, 0.005);
  EXPECT_NEAR(statistics.cv, 1.09, 0.005);
  EXPECT_NEAR(statistics.prompt, 1155, 0.5);
  EXPECT_NEAR(statistics.output, 211, 0.5);
}

TEST(SharedRequests, AzureCode) {
  const char* const name = "azure-llm-2023/AzureLLMInferenceTrace_code.csv";
  TANDEM_NEEDS_SHARED_TRACE(name);
  const RequestTrace trace = read(name, RequestFormat::kAzureLlm);
  ASSERT_EQ(trace.requests.size(), 8'819U);
  EXPECT_NEAR(to_seconds(trace.requests.back().arrival), 3436, 1);
  const Statistics statistics = statistics_of(trace);
  EXPECT_NEAR(statistics.cv, 13.2, 0.05);
  EXPECT_NEAR(statistics.prompt, 2048, 0.5);
  EXPECT_NEAR(statistics.output, 27.9, 0.05);
}

TEST(SharedRequests, MooncakeConversations) {
  const char* const name = "mooncake-fast25/conversation_trace.jsonl";
  TANDEM_NEEDS_SHARED_TRACE(name);
  const RequestTrace trace = read(name, RequestFormat::kMooncake);
  ASSERT_EQ(trace.requests.size(), 12'031U);
  EXPECT_TRUE(trace.warnings.empty());
  EXPECT_NEAR(to_seconds(trace.requests.back().arrival), 3537, 1);
  const Statistics statistics = statistics_of(trace);
  EXPECT_NEAR(statistics.prompt, 12'035, 0.5);
  EXPECT_NEAR(statistics.output, 343, 0.5);
  EXPECT_NEAR(hit_rate(trace), 0.366, 0.0005);
}

TEST(SharedRequests, MooncakeSynthetic) {
  const char* const name = "mooncake-fast25/synthetic_trace.jsonl";
  TANDEM_NEEDS_SHARED_TRACE(name);
  const RequestTrace trace = read(name, RequestFormat::kMooncake);
  ASSERT_EQ(trace.requests.size(), 3'993U);
  EXPECT_NEAR(to_seconds(trace.requests.back().arrival), 1022, 1);
  const Statistics statistics = statistics_of(trace);
  EXPECT_NEAR(statistics.prompt, 15'326, 1);
  EXPECT_NEAR(statistics.output, 149, 0.5);
  EXPECT_NEAR(hit_rate(trace), 0.640, 0.0005);
}

TEST(SharedRequests, VidurLengths) {
  const std::filesystem::path folder = shared_trace("vidur");
  TANDEM_NEEDS_SHARED_TRACE("vidur");
  std::filesystem::path found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("arxiv_summ")) found = entry.path();
  }
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(detect_request_format(found), RequestFormat::kShareGpt);
  const LengthTable table = read_lengths(found, RequestFormat::kShareGpt);
  EXPECT_EQ(table.rows.size(), 28'257U);
  EXPECT_TRUE(table.warnings.empty());
  EXPECT_EQ(table.rows[0].prompt_tokens, 3772U);
  EXPECT_EQ(table.rows[0].output_tokens, 54U);
}

TEST(SharedRequests, ServeGenClients) {
  TANDEM_NEEDS_SHARED_TRACE("servegen");
  for (const auto& entry : std::filesystem::directory_iterator(shared_trace("servegen"))) {
    const std::string name = entry.path().filename().string();
    if (name.ends_with("-dataset.json")) {
      const auto lengths = read_client_lengths(entry.path());
      // Of the four windows of one client the last is empty.
      EXPECT_EQ(lengths.size(), name.starts_with("reason") ? 3U : 56U) << name;
      continue;
    }
    EXPECT_EQ(detect_request_format(entry.path()), RequestFormat::kServeGen);
    const auto windows = read_client_windows(entry.path());
    EXPECT_EQ(windows.size(), name.starts_with("reason") ? 144U : 2016U) << name;
    double expected = 0;
    for (const ClientWindow& window : windows) {
      EXPECT_EQ(window.length, std::chrono::minutes{10});
      expected += window.rate * 600;
    }
    const auto day = cut_windows(windows, kStartOfTime, kStartOfTime + std::chrono::hours{24});
    EXPECT_NEAR(static_cast<double>(ClientArrivals::count(windows)), expected, 0.5);
    // Every window has as many arrivals as it was measured to have.
    ClientArrivals arrivals(day, make_stream(1, 0, Purpose::kArrival));
    std::vector<double> counts(day.size());
    Time last = kStartOfTime;
    while (const auto time = arrivals.next()) {
      ASSERT_GE(*time, last);
      last = *time;
      const auto window = static_cast<std::size_t>(to_seconds(*time) / 600);
      counts[std::min(window, day.size() - 1)] += 1;
    }
    for (std::size_t i = 0; i < day.size(); ++i) {
      EXPECT_NEAR(counts[i], day[i].rate * 600, 1.5) << name << " " << i;
    }
  }
}

}  // namespace
}  // namespace tandem

// Recorded requests as a stream: cut, faster, guessed.

#include "workloads/requests/trace_requests.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/unit/workloads/request_text.h"
#include "workloads/requests/merged_requests.h"

namespace tandem {
namespace {

using namespace std::chrono_literals;
using Warnings = std::vector<std::string>;

RequestTrace trace_of(const std::string& rows) {
  return read_request_trace("arrival_time,prompt_tokens,output_tokens\n" + rows, "t",
                            RequestFormat::kNative);
}

TracePlay play_of(const std::string& rows) {
  TracePlay play;
  play.trace = trace_of(rows);
  play.tenants = {TenantId{4}};
  return play;
}

std::vector<RequestArrival> played(const TracePlay& play, std::uint64_t seed = 1) {
  return all_of(*trace_requests(std::make_shared<const TracePlay>(play), seed));
}

TEST(TraceRequests, SayAllThatTheTraceSays) {
  TracePlay play;
  play.trace = read_request_trace(
      "arrival_time,prompt_tokens,output_tokens,tenant,priority,session,deadline\n"
      "0,10,20,ann,3,s,2\n1.5,30,40,,,,\n",
      "t", RequestFormat::kNative);
  play.tenants = {TenantId{7}, TenantId{8}};
  const auto requests = played(play);
  ASSERT_EQ(requests.size(), 2U);
  const Request& first = requests[0].request;
  EXPECT_EQ(first.id, RequestId{0});
  EXPECT_EQ(first.tenant, TenantId{8});
  EXPECT_EQ(first.session, SessionId{1});
  EXPECT_EQ(first.priority, 3);
  EXPECT_EQ(first.arrival, kStartOfTime);
  EXPECT_EQ(first.deadline, kStartOfTime + 2s);
  EXPECT_EQ(first.prompt_tokens, 10U);
  EXPECT_EQ(requests[0].output_tokens, 20U);
  EXPECT_EQ(first.predicted_output, 0U);
  EXPECT_TRUE(first.prefix.empty());
  const Request& second = requests[1].request;
  EXPECT_EQ(second.id, RequestId{1});
  EXPECT_EQ(second.tenant, TenantId{7});
  EXPECT_EQ(second.session, SessionId{});
  EXPECT_EQ(second.deadline, kForever);
  EXPECT_EQ(second.arrival, kStartOfTime + 1500ms);
}

TEST(TraceRequests, ComeFasterLaterAndOnOtherTerms) {
  TracePlay play = play_of("0,10,20\n1,30,40\n");
  play.rate = 10;
  play.start = kStartOfTime + 5s;
  play.priority = 9;
  play.terms.deadline = 3s;
  play.terms.limits = {100, 15};
  const auto requests = played(play);
  EXPECT_EQ(requests[1].request.arrival, kStartOfTime + 5100ms);
  EXPECT_EQ(requests[1].request.deadline, kStartOfTime + 8100ms);
  EXPECT_EQ(requests[1].request.priority, 9);
  EXPECT_EQ(requests[1].request.output_limit, 15U);
  EXPECT_EQ(requests[1].output_tokens, 15U);
}

TEST(TraceRequests, DoNotTellTheirLengthByTheirLimit) {
  TracePlay play = play_of("0,10,20\n");
  play.terms.limits.context = 4096;
  EXPECT_EQ(played(play)[0].request.output_limit, 4086U);
}

TEST(TraceRequests, AreCutInTime) {
  RequestTrace trace = trace_of("5,1,1\n6,2,1\n7,3,1\n8,4,1\n");
  cut_to_times(trace, kStartOfTime + 1s, kStartOfTime + 3s);
  EXPECT_EQ(rows_of(trace), (std::vector<Row>{{0, 2, 1}, {1, 3, 1}}));
  EXPECT_EQ(trace.warnings, Warnings{"left out 2 requests before 'from' or from 'until' on"});
  EXPECT_EQ(error_of([&] { cut_to_times(trace, kStartOfTime + 9s, kForever); }),
            "no request of the trace came in that time");
}

TEST(TraceRequests, AreCutToTheContext) {
  RequestTrace trace = trace_of("0,100,1\n1,99,1\n2,60,41\n3,60,40\n4,101,7\n");
  cut_to_limits(trace, {100, 1000});
  EXPECT_EQ(rows_of(trace), (std::vector<Row>{{1, 99, 1}, {2, 60, 40}, {3, 60, 40}}));
  EXPECT_EQ(
      trace.warnings,
      (Warnings{"left out 2 requests whose prompt leaves no room in the context of 100 tokens",
                "shortened 1 answer to the context of 100 tokens"}));
  EXPECT_EQ(error_of([&] {
              cut_to_limits(trace, {10, 10});
            }),
            "no prompt of the trace fits the context of 10 tokens");
}

TEST(TraceRequests, KeepTheirPrefixesWhenOthersAreLeftOut) {
  RequestTrace trace = read_request_trace(
      "{\"timestamp\": 0, \"input_length\": 600, \"output_length\": 5, \"hash_ids\": [0, 1]}\n"
      "{\"timestamp\": 1, \"input_length\": 100, \"output_length\": 5, \"hash_ids\": [3]}\n",
      "t", RequestFormat::kMooncake);
  const PrefixHash kept = trace.prefix(1)[0];
  cut_to_limits(trace, {200, 200});
  ASSERT_EQ(trace.prefix(0).size(), 1U);
  EXPECT_EQ(trace.prefix(0)[0], kept);
}

TEST(Prediction, IsExactOrRough) {
  Stream stream = make_stream(1, 0, Purpose::kPrediction);
  EXPECT_EQ(predicted(100, ExactPrediction{}, stream), 100U);
  EXPECT_EQ(predicted(100, {}, stream), 0U);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    const double guess = predicted(1000, RoughPrediction{0.1}, stream);
    sum += guess;
    squares += guess * guess;
  }
  const double mean = sum / kDraws;
  // Five standard errors: 100 / sqrt(20000) each.
  EXPECT_NEAR(mean, 1000, 3.6);
  EXPECT_NEAR(std::sqrt(squares / kDraws - mean * mean), 100, 2.6);
  for (int i = 0; i < 100; ++i) EXPECT_GE(predicted(3, RoughPrediction{5}, stream), 1U);
}

TEST(MergedRequests, KeepOrderIdsAndSessionsApart) {
  TracePlay one;
  one.trace =
      read_request_trace("arrival_time,prompt_tokens,output_tokens,session\n0,1,1,a\n2,2,1,b\n",
                         "t", RequestFormat::kNative);
  one.tenants = {TenantId{0}};
  TracePlay two = one;
  two.start = kStartOfTime + 1s;
  std::vector<std::unique_ptr<RequestSource>> sources;
  for (const TracePlay& play : {one, two, one}) {
    sources.push_back(trace_requests(std::make_shared<const TracePlay>(play), 1));
  }
  const auto merged = merged_requests(std::move(sources));
  EXPECT_EQ(merged->count(), 6U);
  std::string order;
  for (const RequestArrival& arrival : all_of(*merged)) {
    order += std::to_string(arrival.request.id.value) + "@" +
             std::to_string(static_cast<int>(to_seconds(arrival.request.arrival))) + "s" +
             std::to_string(arrival.request.session.value) + " ";
  }
  EXPECT_EQ(order, "0@0s1 1@0s3 2@1s2 3@2s4 4@2s6 5@3s5 ");
}

}  // namespace
}  // namespace tandem

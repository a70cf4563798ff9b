// Requests from keys alone, as a command line gives them.
#include "workloads/requests/described_requests.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/error_of.h"

namespace tandem {
namespace {

using testing::HasSubstr;

TEST(DescribedRequests, AreThoseOfAScenario) {
  const DescribedRequests described =
      described_requests({{"generate.count", "50", "--count"},
                          {"generate.prompt", "{uniform: {min: 3, max: 9}}", "--prompt-tokens"},
                          {"generate.output", "4", "--output-tokens"},
                          {"generate.arrival", "{ gamma: { rate: 10/s, cv: 2 } }", "--rate"}});
  EXPECT_EQ(described.tenants.size(), 1U);
  const auto source = described.plan.source(3);
  RequestArrival arrival;
  int count = 0;
  for (; source->next(arrival); ++count) {
    EXPECT_GE(arrival.request.prompt_tokens, 3U);
    EXPECT_LE(arrival.request.prompt_tokens, 9U);
    EXPECT_EQ(arrival.output_tokens, 4U);
  }
  EXPECT_EQ(count, 50);
}

TEST(DescribedRequests, GapsHaveTheirMeanAndVariation) {
  for (const double cv : {0.5, 1.0, 2.0}) {
    const DescribedRequests described = described_requests(
        {{"generate.count", "50000", "--count"},
         {"generate.prompt", "4", "--prompt-tokens"},
         {"generate.output", "4", "--output-tokens"},
         {"generate.arrival", fmt::format("{{ gamma: {{ rate: 10/s, cv: {} }} }}", cv), "--rate"}});
    const auto source = described.plan.source(1);
    RequestArrival arrival;
    double sum = 0;
    double squares = 0;
    int count = 0;
    for (Time before = kStartOfTime; source->next(arrival); before = arrival.request.arrival) {
      const double gap = to_seconds(arrival.request.arrival - before);
      sum += gap;
      squares += gap * gap;
      ++count;
    }
    const double mean = sum / count;
    EXPECT_NEAR(mean, 0.1, 0.003) << cv;
    EXPECT_NEAR(std::sqrt(squares / count - mean * mean) / mean, cv, 0.05 * cv);
  }
}

TEST(DescribedRequests, ErrorsNameTheOption) {
  const auto error = [](const std::string& prompt) {
    return error_of([&] {
      described_requests({{"generate.count", "5", "--count"},
                          {"generate.prompt", prompt, "--prompt-tokens"},
                          {"generate.output", "4", "--output-tokens"},
                          {"generate.arrival", "at-once", "--rate"}});
    });
  };
  EXPECT_EQ(error("7"), "no error");
  EXPECT_THAT(error("few"), HasSubstr("--prompt-tokens"));
  EXPECT_THAT(error("{lognormaal: {median: 3, p99: 4}}"), HasSubstr("did you mean 'lognormal'"));
  EXPECT_THAT(error("["), HasSubstr("--prompt-tokens"));
}

}  // namespace
}  // namespace tandem

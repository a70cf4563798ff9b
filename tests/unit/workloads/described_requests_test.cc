// Requests from keys alone, as a command line gives them.
#include "workloads/requests/described_requests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

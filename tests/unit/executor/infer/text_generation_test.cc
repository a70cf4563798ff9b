// Whole answers: those of many requests, batched, chunked, stopped, copied away and computed again
// at random, are those of one request at a time without any cache.

#include <gtest/gtest.h>

#include <algorithm>

#include "executor/train/random.h"
#include "tests/support/random.h"
#include "tests/unit/executor/infer/random_engine.h"
#include "tests/unit/executor/infer/served_models.h"

namespace tandem {
namespace {

class EveryAnswer : public testing::TestWithParam<Architecture> {};
INSTANTIATE_TEST_SUITE_P(Models, EveryAnswer, testing::ValuesIn(served_architectures()),
                         [](const auto& model) { return name_of_served(model.param); });

TEST_P(EveryAnswer, GreedyTextIsThatOfOneRequestAtATimeWithoutACache) {
  ServedModelPair models(GetParam(), 4);
  for (std::uint64_t seed = 1; seed <= seeds(40); ++seed) {
    auto requests = random_requests(seed, GetParam().vocabulary);
    RandomEngine(*models.served, seed).run(requests);
    for (const TestRequest& request : requests) {
      const auto said = models.logprobs(request.known);
      for (std::size_t i = request.prompt; i < request.limit; ++i) {
        // Two that are equal but for rounding are both right.
        const double most = *std::ranges::max_element(said[i - 1]);
        EXPECT_NEAR(said[i - 1][request.known[i]], most, 1e-5) << "seed " << seed << " at " << i;
        EXPECT_NEAR(static_cast<double>(request.logprobs[i - request.prompt]), most, 1e-5);
      }
    }
  }
}

TEST_P(EveryAnswer, DrawnTextIsTheSameInAnyBatch) {
  for (const Precision precision : {Precision::kFp32, Precision::kBf16}) {
    ServedModelPair models(GetParam(), 16, precision);
    for (std::uint64_t seed = 1; seed <= seeds(20); ++seed) {
      auto requests = random_requests(seed, GetParam().vocabulary);
      for (TestRequest& request : requests) {
        request.sampling.temperature = 1;
        request.sampling.top_p = 0.9;
        request.sampling.seed = random_bits(seed, request.prompt);
      }
      auto again = requests;
      RandomEngine(*models.served, seed).run(requests);
      for (std::size_t i = 0; i < again.size(); ++i) {
        std::vector<TestRequest> one{again[i]};
        RandomEngine(*models.served, seed + 1000).run(one);
        EXPECT_EQ(one[0].known, requests[i].known) << "seed " << seed;
        EXPECT_EQ(one[0].logprobs, requests[i].logprobs) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace tandem

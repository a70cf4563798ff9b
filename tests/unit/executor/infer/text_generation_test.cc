// Whole answers: those of many requests, batched, chunked, stopped, copied away and computed again
// at random, are those of one request at a time without any cache.

#include <gtest/gtest.h>

#include <algorithm>

#include "executor/train/random.h"
#include "tests/support/random.h"
#include "tests/unit/executor/infer/served_models.h"

namespace tandem {
namespace {

struct TestRequest {
  std::vector<TokenId> known;  ///< The prompt, then the answer.
  std::size_t prompt = 0;
  std::size_t limit = 0;  ///< Of `known`.
  Sampling sampling;
  std::vector<float> logprobs;  ///< Of the answer.

  std::size_t computed = 0;
  std::vector<BlockNumber> blocks;
  std::vector<std::byte> saved;  ///< Of so many blocks as were held.

  bool is_done() const { return known.size() == limit; }
};

/// An engine that does anything an engine may do.
class RandomEngine {
 public:
  RandomEngine(PagedModel& model, std::uint64_t seed)
      : model_(model), seed_(seed), free_(shuffled_blocks(seed, model.blocks())) {}

  void run(std::vector<TestRequest>& requests) {
    while (!std::ranges::all_of(requests, &TestRequest::is_done)) step(requests);
  }

 private:
  std::uint64_t draw(std::uint64_t below) { return random_bits(seed_, draws_++) % below; }

  void step(std::vector<TestRequest>& requests) {
    std::vector<StepPart> parts;
    std::vector<TestRequest*> asking;
    for (TestRequest& request : requests) {
      if (request.is_done() || draw(3) == 0 || gives_way(request)) continue;
      const std::size_t left = request.known.size() - request.computed;
      const std::size_t count = 1 + draw(left);
      hold_blocks(request, request.computed + count);
      parts.push_back({std::span(request.known).subspan(request.computed, count),
                       static_cast<std::uint32_t>(request.computed), request.blocks, nullptr,
                       static_cast<std::uint32_t>(request.known.size() - request.prompt)});
      request.computed += count;
      if (count < left) continue;
      parts.back().sampling = &request.sampling;
      asking.push_back(&request);
    }
    const auto given = model_.compute(parts);
    ASSERT_EQ(given.size(), asking.size());
    for (std::size_t i = 0; i < given.size(); ++i) {
      asking[i]->known.push_back(given[i].token);
      asking[i]->logprobs.push_back(given[i].logprob);
      if (asking[i]->is_done()) let_go(*asking[i]);
    }
  }

  /// At times a request loses its blocks, or has them copied away; then it comes back.
  bool gives_way(TestRequest& request) {
    if (!request.saved.empty()) {
      hold_blocks(request, request.computed);
      model_.copy_in(std::exchange(request.saved, {}), request.blocks);
      return false;
    }
    if (request.computed == 0 || draw(6) > 0) return false;
    if (draw(2) == 0) {
      request.saved = model_.copy_out(request.blocks);
    } else {
      request.computed = 0;
    }
    let_go(request);
    return true;
  }

  void hold_blocks(TestRequest& request, std::size_t tokens) {
    while (request.blocks.size() * model_.block_tokens() < tokens) {
      request.blocks.push_back(free_.back());
      free_.pop_back();
    }
  }
  void let_go(TestRequest& request) {
    free_.insert(free_.begin() + static_cast<std::ptrdiff_t>(draw(free_.size() + 1)),
                 request.blocks.begin(), request.blocks.end());
    request.blocks.clear();
  }

  PagedModel& model_;
  std::uint64_t seed_;
  std::uint64_t draws_ = 0;
  std::vector<BlockNumber> free_;
};

std::vector<TestRequest> random_requests(std::uint64_t seed, std::int64_t vocabulary) {
  std::vector<TestRequest> requests(1 + random_bits(seed, 0) % 8);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const std::uint64_t key = random_bits(seed, 1 + i);
    TestRequest& request = requests[i];
    request.prompt = 1 + random_bits(key, 0) % 30;
    request.known = random_text(key, static_cast<std::int64_t>(request.prompt), vocabulary);
    request.limit = request.prompt + 1 + random_bits(key, 1) % 12;
    request.sampling.temperature = 0;
    request.sampling.logprobs = 0;
  }
  return requests;
}

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

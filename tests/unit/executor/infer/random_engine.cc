#include "tests/unit/executor/infer/random_engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "executor/train/random.h"
#include "tests/unit/executor/infer/served_models.h"

namespace tandem {

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

RandomEngine::RandomEngine(LanguageModel& model, std::uint64_t seed)
    : model_(model), seed_(seed), free_(shuffled_blocks(seed, model.blocks())) {}

void RandomEngine::run(std::vector<TestRequest>& requests) {
  while (!std::ranges::all_of(requests, &TestRequest::is_done)) {
    step(requests);
    if (testing::Test::HasFatalFailure()) return;
  }
}

std::uint64_t RandomEngine::draw(std::uint64_t below) {
  return random_bits(seed_, draws_++) % below;
}

void RandomEngine::step(std::vector<TestRequest>& requests) {
  std::vector<StepPart> parts;
  std::vector<TestRequest*> wanting;
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
    wanting.push_back(&request);
  }
  const auto given = model_.compute(parts);
  ASSERT_EQ(given.size(), wanting.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    wanting[i]->known.push_back(given[i].token);
    wanting[i]->logprobs.push_back(given[i].logprob);
    if (wanting[i]->is_done()) let_go(*wanting[i]);
  }
}

bool RandomEngine::gives_way(TestRequest& request) {
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

void RandomEngine::hold_blocks(TestRequest& request, std::size_t tokens) {
  while (request.blocks.size() * model_.block_tokens() < tokens) {
    request.blocks.push_back(free_.back());
    free_.pop_back();
  }
}

void RandomEngine::let_go(TestRequest& request) {
  free_.insert(free_.begin() + static_cast<std::ptrdiff_t>(draw(free_.size() + 1)),
               request.blocks.begin(), request.blocks.end());
  request.blocks.clear();
}

}  // namespace tandem

// An engine that does anything an engine may do, at random: it batches, cuts prompts into chunks,
// takes blocks away, copies them or has them computed again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "executor/serve/language_model.h"

namespace tandem {

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

/// Up to eight, greedy, with short prompts and answers.
std::vector<TestRequest> random_requests(std::uint64_t seed, std::int64_t vocabulary);

class RandomEngine {
 public:
  RandomEngine(LanguageModel& model, std::uint64_t seed);
  /// Until all are done.
  void run(std::vector<TestRequest>& requests);

 private:
  std::uint64_t draw(std::uint64_t below);
  void step(std::vector<TestRequest>& requests);
  /// At times a request loses its blocks, or has them copied away; then it comes back.
  bool gives_way(TestRequest& request);
  void hold_blocks(TestRequest& request, std::size_t tokens);
  void let_go(TestRequest& request);

  LanguageModel& model_;
  std::uint64_t seed_;
  std::uint64_t draws_ = 0;
  std::vector<BlockNumber> free_;
};

}  // namespace tandem

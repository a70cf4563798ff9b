// The trainer's small models, served: and what the trainer's own transformer, which has no cache
// and one text at a time, says of the same texts.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "executor/infer/cache_shape.h"
#include "executor/infer/paged_model.h"
#include "executor/infer/weights.h"
#include "tests/unit/executor/train/small_models.h"

namespace tandem {

/// Both families, and what differs within them: tied or not, biases, grouped queries, heads as wide
/// as vectors and narrower.
std::vector<Architecture> served_architectures();

/// A test's name for each.
std::string name_of_served(const Architecture& model);

/// The weights of a model in memory.
class SmallWeights final : public WeightSource {
 public:
  explicit SmallWeights(const SmallModel& model) : model_(model) {}
  const Architecture& model() const override { return model_.architecture; }
  at::Tensor read(const Slot& slot) const override {
    return model_.parameters.parameter(slot.name).master;
  }

 private:
  const SmallModel& model_;
};

/// A model of the trainer, and the same one that serves.
struct ServedModelPair {
  ServedModelPair(const Architecture& architecture, std::int64_t block_tokens,
                  Precision precision = Precision::kFp32, int threads = 2);
  SmallModel trained;
  std::unique_ptr<PagedModel> served;

  /// Logarithms of what the trainer's transformer says of the token behind each of `tokens`,
  /// [tokens, vocabulary].
  std::vector<std::vector<double>> logprobs(std::span<const TokenId> tokens);
};

/// For one token, with the log probability of every token.
Sampling all_logprobs(std::int64_t vocabulary);
/// By token.
std::vector<double> by_token(const GivenToken& given);

/// Tokens that follow from `seed`.
std::vector<TokenId> random_text(std::uint64_t seed, std::int64_t count, std::int64_t vocabulary);
/// 0, 1 … in a random order.
std::vector<BlockNumber> shuffled_blocks(std::uint64_t seed, std::int64_t count);

}  // namespace tandem

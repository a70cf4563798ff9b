// How a token is chosen from what a model says of each. Which one follows from the logits, the
// wish, the seed and how many came before: a request that is computed again, or in another batch,
// gives the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "executor/serve/generation.h"

namespace tandem {

/// A token that may be chosen.
struct Candidate {
  float logit = 0;
  TokenId token = 0;
  float weight = 1;  ///< Its probability, but for a factor that all have.
};

/// Keeps the likeliest whose weights together reach `budget`, at least one; of equally likely ones
/// those of smaller ids. Takes time in proportion to their number, and changes their order.
void keep_likeliest(std::vector<Candidate>& candidates, double budget);

/// Throws std::runtime_error if what was computed is no number, or infinite: weights are damaged,
/// or too large for the precision.
void require_numbers(double of);

/// Keeps its memory from token to token; one thread each.
class Sampler {
 public:
  /// `end` is not chosen before an answer's min_tokens.
  Sampler(std::int64_t vocabulary, std::optional<TokenId> end);

  /// `logits` has one number for each token and may be changed; `generated` tokens came before. Of
  /// equally likely tokens the one of smaller id counts as likelier; top_p is a share of what top_k
  /// has left. Throws std::runtime_error if a logit that matters is no number, or infinite.
  GivenToken choose(std::span<float> logits, const Sampling& how, std::uint32_t generated);

 private:
  /// The logarithm of the sum of all exponentials.
  double log_sum(std::span<const float> logits);
  std::vector<TokenLogprob> alternatives(std::span<const float> logits, std::int32_t count,
                                         double log_sum);
  TokenId drawn(std::span<const float> logits, const Sampling& how, double share);
  TokenId drawn_from_top(std::span<const float> logits, const Sampling& how, double share,
                         float most, float factor);
  /// By weights_ and sums_.
  TokenId drawn_from_all(double weight) const;
  /// Into candidates_: all that can be among the `count` likeliest, and few more.
  void gather(std::span<const float> logits, std::size_t count);
  /// Of the likeliest that together have `budget` of weights_, the least likely. The likeliest has
  /// `most`, and what is `reach` below has no weight.
  TokenId last_within(std::span<const float> logits, double budget, float most, float reach);

  std::optional<TokenId> end_;
  std::vector<float> maxima_;  ///< Of interleaved runs of logits.
  std::vector<float> weights_;
  std::vector<double> sums_;  ///< Of runs of weights.
  std::vector<Candidate> candidates_;
};

}  // namespace tandem

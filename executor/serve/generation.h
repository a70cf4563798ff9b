// What somebody asks of a language model, and what it gives: the words that front end, controller
// and engines have in common. Text has become tokens before, and becomes text again behind.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "executor/data/tokenizer.h"
#include "policies/core/ids.h"
#include "policies/core/request.h"

namespace tandem {

/// How the next token is chosen. A request's tokens follow from its prompt, this, and the weights,
/// whatever else is in its batches.
struct Sampling {
  double temperature = 1;  ///< 0: the likeliest token, whatever the rest says.
  std::int32_t top_k = 0;  ///< Only the k likeliest; 0: all.
  double top_p = 1;        ///< Only the likeliest that together have so much of the probability.
  std::uint64_t seed = 0;
  std::uint32_t min_tokens = 0;  ///< Before these nothing ends the answer but its limit.
  bool ignore_end = false;       ///< The end-of-text token is one like any other.
  /// How many alternatives are wanted with each token; 0: the token's own log probability alone;
  /// -1: none.
  std::int32_t logprobs = -1;
};

struct TokenLogprob {
  TokenId token = 0;
  float logprob = 0;  ///< Natural logarithm, of the model's own distribution at temperature 1.
};

struct GivenToken {
  TokenId token = 0;
  float logprob = 0;                       ///< If it was asked for.
  std::vector<TokenLogprob> alternatives;  ///< The likeliest first.
};

/// One request to one service.
struct Generation {
  std::vector<TokenId> prompt;  ///< At least one.
  std::uint32_t max_tokens = 0;
  Sampling sampling;
  TenantId tenant;
  std::int64_t priority = 0;  ///< Greater is more urgent.
  SessionId session;
};

enum class FinishReason : std::uint8_t {
  kStop,    ///< The end-of-text token, which is not given; or the text's own end.
  kLength,  ///< max_tokens, or the model's context.
};

}  // namespace tandem

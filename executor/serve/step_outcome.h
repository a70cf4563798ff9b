// What one step of an engine has come to, for those who asked and for those who send them there.
#pragma once

#include <cstdint>
#include <vector>

#include "executor/serve/generation.h"
#include "policies/batch/kv_cache.h"
#include "policies/core/units.h"

namespace tandem {

/// A request, as its front calls it. Nobody else that is at the same engine has it.
using RequestKey = std::uint64_t;

struct StepOutcome {
  /// A batch has taken a request up for the first time.
  struct Began {
    RequestKey key = 0;
    Duration waited{};  ///< Since it arrived at the front.
  };
  struct Given {
    RequestKey key = 0;
    GivenToken token;
  };
  struct Ended {
    RequestKey key = 0;
    FinishReason reason = FinishReason::kStop;
    std::uint32_t cached_tokens = 0;  ///< Of its prompt, found in the cache when it came in.
    std::uint32_t evictions = 0;
  };
  std::vector<Began> began;
  std::vector<Given> given;  ///< At most one for each request.
  std::vector<Ended> ended;
  std::vector<PrefixChange> prefixes;  ///< In the order in which the cache changed.
};

}  // namespace tandem

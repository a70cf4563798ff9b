// One inference call, as far as an engine and its orders may know it. The true length of the answer
// is not here: only the world knows it, as with a job's run time.
#pragma once

#include <cstdint>
#include <vector>

#include "policies/core/ids.h"
#include "policies/core/units.h"

namespace tandem {

/// In the order in which the requests of one service arrive.
using RequestId = Id<struct RequestKindTag>;
/// Requests of one session belong to one conversation; 0 is that of requests without any.
using SessionId = Id<struct SessionKindTag>;

/// Names everything from the start of a prompt up to the end of one of its blocks: equal hashes,
/// equal text.
using PrefixHash = std::uint64_t;

struct Request {
  RequestId id;
  TenantId tenant;
  SessionId session;
  std::int64_t priority = 0;  ///< Greater is more urgent, as with jobs.
  Time arrival;
  Time deadline = kForever;
  std::uint32_t prompt_tokens = 0;
  std::uint32_t output_limit = 0;      ///< The engine ends the answer here at the latest.
  std::uint32_t predicted_output = 0;  ///< Somebody's guess of the answer's tokens; 0: none.
  /// One for each whole or begun block of the source's block size; empty if nothing is known to be
  /// shared.
  std::vector<PrefixHash> prefix;
};

}  // namespace tandem

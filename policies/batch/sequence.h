// A request inside an engine: how much of it is known, how much of that computed, and what it
// holds. Prefill and decode are only descriptions of the difference.
#pragma once

#include <cstdint>
#include <vector>

#include "policies/batch/kv_cache.h"
#include "policies/core/ids.h"
#include "policies/core/order.h"
#include "policies/core/request.h"
#include "policies/core/units.h"

namespace tandem {

/// In the order in which requests came to one engine.
using SequenceId = Id<struct SequenceKindTag>;

struct Sequence {
  enum class State : std::uint8_t {
    kWaiting,
    kPrefilling,  ///< Holds blocks; more than its last token is still to be computed.
    kDecoding,    ///< Everything but its last token is computed.
  };

  SequenceId id;
  Request request;
  State state = State::kWaiting;
  std::uint32_t known = 0;     ///< Tokens of the prompt and of the answer so far.
  std::uint32_t computed = 0;  ///< Of the known ones; while it decodes, when it began to.
  /// While it waits: computed tokens whose keys and values are kept outside the cache.
  std::uint32_t kept = 0;
  std::int64_t swapped = 0;  ///< Places that these take up on this engine's side.
  std::uint32_t cached = 0;  ///< Tokens of its prompt found in the cache when it first came in.
  std::uint32_t hashes_found = 0;  ///< Of its prefix, then.
  std::uint32_t evictions = 0;
  std::int64_t decodes_since = 0;  ///< Steps of the engine when it began to decode.
  std::int64_t admission = 0;      ///< Its number among all admissions.
  Time since;                      ///< Of waiting, or of having been admitted.
  KvHolding holding;
  /// Since it gave way: its own blocks, how many of them were full, and how many shared ones came
  /// before them.
  KvRemains remains;
  std::int64_t full_before = 0;
  std::int64_t shared_before = 0;
  Sequence* earlier = nullptr;  ///< Admitted before it, and still there.
  Sequence* later = nullptr;

  std::uint32_t generated() const { return known - request.prompt_tokens; }
  std::uint32_t left() const { return known - computed; }
};

/// Orders count service in time; that of a request is counted in tokens, a millisecond each.
inline constexpr Duration kTokenService{1'000'000};

}  // namespace tandem

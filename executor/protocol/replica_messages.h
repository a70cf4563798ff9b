// What a front and the replicas of its services tell each other: requests one way, tokens the
// other. A message may hold many of each; they are CBOR (RFC 8949), half as long as text and as
// quick.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "executor/serve/step_outcome.h"
#include "policies/core/ids.h"

namespace tandem {

struct ReplicaOrder {
  RequestKey key = 0;
  bool cancels = false;  ///< Nobody wants the rest; all below is of those that are new.
  Duration age{};        ///< Since its arrival at the front.
  Generation generation;
};

/// What an engine holds, and has done since it began.
struct ReplicaFigures {
  std::int64_t waiting = 0;
  std::int64_t running = 0;
  std::int64_t blocks_held = 0;
  std::int64_t blocks = 0;
  std::int64_t evictions = 0;
  std::int64_t cached_tokens = 0;  ///< Of prompts, found in the cache.
  double last_step_s = 0;
};

/// What has come of requests since the last news, and what the engine holds now.
struct ReplicaNews : StepOutcome, ReplicaFigures {
  JobId job;
  std::uint32_t generation = 0;     ///< Of the job: news of an earlier one are of no interest.
  bool is_ready = false;            ///< It says so once.
  std::vector<RequestKey> refused;  ///< They can never be served.
};

/// Which of all gangs a replica is.
struct ReplicaIdentity {
  JobId job;
  std::uint32_t generation = 0;
  friend bool operator==(const ReplicaIdentity&, const ReplicaIdentity&) = default;
};

/// How a replica calls itself at its front.
std::string replica_name(ReplicaIdentity replica);
/// Nothing if it is no replica's name.
std::optional<ReplicaIdentity> replica_named(std::string_view name);

std::string to_cbor(const std::vector<ReplicaOrder>& orders);
std::string to_cbor(const ReplicaNews& news);
/// Throw InputError for what is no such message.
std::vector<ReplicaOrder> replica_orders_of(std::string_view message);
ReplicaNews replica_news_of(std::string_view message);

}  // namespace tandem

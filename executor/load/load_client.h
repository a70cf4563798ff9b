// The load client: sends requests to an OpenAI-compatible server as their source says, on one
// thread, and notes when what came back.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "executor/load/server_url.h"
#include "policies/batch/service_recorder.h"
#include "workloads/requests/request_source.h"

namespace tandem {

/// Who is asked, and how.
struct LoadTarget {
  ServerUrl url;
  std::string model;  ///< Empty: the only one that the server has.
  std::string token;  ///< Of the Authorization header; empty: none.
  std::string
      authority;         ///< File of certificates that servers' are signed by; empty: the system's.
  bool verifies = true;  ///< https: whose certificate is not believed is not talked to.
  bool chats = false;    ///< Chat completions.
  bool sends_ids = true;     ///< Prompts are numbers of tokens; of chats they are always text.
  bool ignores_end = false;  ///< The server is to go on behind the end of its answers.
  std::chrono::seconds patience{600};  ///< For a whole answer, connecting included.
  bool retries = false;                ///< Who is refused with 429 comes again after Retry-After.
};

/// When requests are sent.
struct LoadPace {
  std::uint64_t count = 0;   ///< Of all that the source has, the first so many.
  std::uint64_t warmup = 0;  ///< More before them, one after the other, which nobody counts.
  /// Closed loop: so many are under way at any time, whenever they arrive. Nothing: open loop, each
  /// is sent when it arrives.
  std::optional<std::uint32_t> concurrency;
  std::uint64_t seed = 1;  ///< Of what the prompts say.
};

/// What has become of a request.
struct Exchange {
  /// Times count from the first request's; `arrival` is when it was to be sent. Tokens are the
  /// server's count where it states one. Rejected: 429.
  RequestRecord record;
  Duration lateness{};  ///< From its arrival until it was sent.
  std::uint32_t retries = 0;
  /// "" of one that is complete; else "unreachable", "http-503", "cut", "malformed", "empty",
  /// "error-event", "timeout", or "interrupted".
  std::string error;
  std::string words;  ///< Somebody's about the error.
};

struct LoadOutcome {
  std::string model;
  std::vector<Exchange> exchanges;  ///< Of all that were begun, in the order of their arrival.
  std::vector<float> gaps_ms;       ///< Between tokens of all complete answers, pooled.
  Duration length{};                ///< From the first arrival to the last end.
  std::uint64_t connections = 0;    ///< Opened.
  std::uint64_t most_open = 0;      ///< Requests under way at one time.
  bool is_interrupted = false;      ///< By SIGINT or SIGTERM.
};

using LoadProgress = std::function<void(std::uint64_t ended, std::uint64_t count)>;

/// Throws InputError if the server cannot be reached, refuses us, or has no such model.
LoadOutcome run_load(const LoadTarget& target, const LoadPace& pace, RequestSource& source,
                     const LoadProgress& progress);

}  // namespace tandem

// What a load client has seen of a server, in the figures and under the names that load clients
// have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "policies/batch/objective.h"
#include "policies/batch/service_recorder.h"
#include "reports/json_parts.h"
#include "reports/statistics.h"

namespace tandem {

/// Requests that have ended, by whatever end.
struct LoadSample {
  std::vector<RequestRecord> requests;
  std::vector<float> gaps_ms;  ///< Between tokens of completed requests.
  Duration length{};           ///< From the first arrival to the last end.
};

/// A distribution with its standard deviation (of the sample as a whole).
struct Spread {
  Percentiles values;
  double deviation = 0;
};

/// Definitions (reference.md, section 2), all of completed requests:
/// - TTFT: from arrival to the first token, E2E: to the last, in an open loop from when a request
///   was to be sent. TPOT: from the first token to the last over (output tokens - 1), of requests
///   with at least two. ITL: the gaps between events with tokens, of all requests pooled.
/// - throughput: requests, output tokens, tokens of prompts and answers a second of the length.
/// - goodput: completed requests that met every objective, a second; nothing without objectives.
///   A request meets an objective about ITL by its TPOT.
struct LoadFigures {
  std::uint64_t completed = 0;
  std::uint64_t failed = 0;
  std::uint64_t rejected = 0;  ///< 429.
  std::uint64_t prompt_tokens = 0;
  std::uint64_t output_tokens = 0;
  double length_s = 0;
  std::optional<double> requests_per_s;
  std::optional<double> output_tokens_per_s;
  std::optional<double> tokens_per_s;
  std::optional<double> goodput_rps;
  std::optional<Spread> ttft_ms;
  std::optional<Spread> tpot_ms;
  std::optional<Spread> itl_ms;
  std::optional<Spread> e2e_ms;
};

LoadFigures load_figures(const LoadSample& sample, std::span<const Objective> objectives);

/// {"completed", "failed", "rate_limited", "duration", "total_input_tokens", "total_output_tokens",
/// "request_throughput", "request_goodput", "output_throughput", "total_token_throughput", and
/// "{mean,median,std,p50,p90,p95,p99}_{ttft,tpot,itl,e2el}_ms"}; null where there is nothing.
Json write(const LoadFigures& figures);

}  // namespace tandem

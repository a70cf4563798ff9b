// A recorded trace as a stream of requests, faster or slower than it was.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "workloads/requests/request_source.h"
#include "workloads/requests/request_trace.h"
#include "workloads/requests/terms.h"

namespace tandem {

/// A trace and how it is played; shared by all runs, never changed. The prompts of the trace fit
/// the limits: cut_to_limits() sees to it.
struct TracePlay {
  RequestTrace trace;
  RequestTerms terms;
  std::vector<TenantId> tenants;  ///< By the trace's tenants.
  std::optional<std::int64_t> priority;
  Time start;        ///< Of the trace's time 0.
  double rate = 1;   ///< All times of the trace are divided by it.
  double shake = 0;  ///< Each comes up to so many mean gaps sooner or later.
};

/// Keeps what came in [from, until), with times that count from `from`. Adds a warning with the
/// count of what is left out. Throws InputError, without a position, if nothing is left.
void cut_to_times(RequestTrace& trace, Time from, Time until);

/// Leaves out requests whose prompts do not fit, and shortens answers that have no room in the
/// context; adds a warning for each with the count. Throws InputError, without a position, if
/// nothing is left.
void cut_to_limits(RequestTrace& trace, const TokenLimits& limits);

std::unique_ptr<RequestSource> trace_requests(std::shared_ptr<const TracePlay> play,
                                              std::uint64_t seed);

}  // namespace tandem

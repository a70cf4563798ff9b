// From a trace of requests to a scenario whose service is asked alike, and to what both are
// compared by.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "workloads/requests/request_source.h"
#include "workloads/requests/request_trace.h"

namespace tandem {

/// Requests as samples of everything that is fitted, in the order in which they come.
struct RequestSamples {
  std::vector<Time> arrival;
  std::vector<double> prompt_tokens;
  std::vector<double> output_tokens;
  /// The share of all blocks of prompts that an earlier prompt began with, too: what an unlimited
  /// cache hits. Nothing if nobody knows the blocks.
  std::optional<double> prefix_hits;
};

RequestSamples samples_of(const RequestTrace& trace);
RequestSamples samples_of(RequestSource& source);

/// Which earlier request each goes on from, by its place; nothing: from none. Told by the trace's
/// sessions or, without them, by prefixes: a request goes on from the last one all of whose full
/// blocks its own prompt begins with, if these are more than the `shared` blocks that prompts have
/// in common anyway.
std::vector<std::optional<std::uint32_t>> predecessors(const RequestTrace& trace,
                                                       std::size_t shared);

/// Full blocks that at least half of all prompts begin with.
std::size_t shared_blocks(const RequestTrace& trace);

/// A whole scenario file with one service (docs/traces.md). Arrivals, or those of conversations, by
/// fit_arrivals(); lengths by fit_amounts(), prompt and answer by themselves; tenants and
/// priorities by their counts. What half of the prompts begin with is the system prompt. There are
/// conversations if one request in twenty goes on from another, and most of these repeat all of it.
/// `name` is the scenario's. Throws InputError, without a position, for what fit_arrivals() cannot
/// fit.
std::string fit_requests(const RequestTrace& trace, const std::string& name);

}  // namespace tandem

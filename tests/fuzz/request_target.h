// What the fuzz targets of the readers of requests have in common.
#pragma once

#include <string_view>

#include "policies/core/error.h"
#include "tests/fuzz/require.h"
#include "workloads/requests/lengths.h"
#include "workloads/requests/prefix_hash.h"
#include "workloads/requests/request_draft.h"
#include "workloads/traces/names.h"

namespace tandem {

/// Calls `read` with the bytes: only an InputError may come out of it.
template <class Read>
void fuzz_reader(const unsigned char* data, std::size_t size, Read read) {
  try {
    read(std::string_view(reinterpret_cast<const char*>(data), size));
  } catch (const InputError& error) {
    require(is_utf8(error.what()), "messages are UTF-8");
  }
}

inline void require_sane(const RequestTrace& trace) {
  require(!trace.requests.empty(), "a trace has requests");
  require(trace.requests[0].arrival == kStartOfTime, "times count from the first arrival");
  for (const std::string& tenant : trace.tenants) require(is_name(tenant), "tenants have names");
  const auto is_column = [&](const auto& column) {
    return column.empty() || column.size() == trace.requests.size();
  };
  require(is_column(trace.tenant) && is_column(trace.priority) && is_column(trace.session) &&
              is_column(trace.deadline) && is_column(trace.prefix_ends),
          "columns have an entry for each request");
  Time last = kStartOfTime;
  for (std::size_t i = 0; i < trace.requests.size(); ++i) {
    const RecordedRequest& request = trace.requests[i];
    require(request.arrival >= last, "requests are in the order of arrival");
    require(request.prompt_tokens >= 1 && request.prompt_tokens <= kMostTokens, "prompts");
    require(request.output_tokens >= 1 && request.output_tokens <= kMostTokens, "answers");
    require(trace.tenant.empty() || trace.tenant[i] < trace.tenants.size(), "known tenants");
    require(trace.deadline.empty() || trace.deadline[i] >= Duration::zero(), "deadlines");
    const std::size_t blocks = trace.prefix(i).size();
    require(blocks == 0 || blocks == blocks_of(request.prompt_tokens, trace.prefix_block_tokens),
            "a prefix is as long as its prompt");
    last = request.arrival;
  }
}

inline void fuzz_requests(const unsigned char* data, std::size_t size, RequestFormat format) {
  fuzz_reader(data, size, [format](std::string_view text) {
    require_sane(read_request_trace(text, "fuzz", format));
  });
}

}  // namespace tandem

// Writes our own requests, as a table or as JSON lines: what any trace of requests, and any
// scenario, can be turned into.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "policies/core/request.h"
#include "workloads/requests/request_trace.h"

namespace tandem {

/// A request with all that our formats can say of it.
struct WrittenRequest {
  RecordedRequest request;
  std::string_view tenant = "default";
  std::int64_t priority = 0;
  std::uint32_t session = 0;             ///< From 1; 0: of none.
  Duration deadline = Duration::max();   ///< After the arrival; max(): none.
  std::span<const PrefixHash> prefix{};  ///< A table cannot say it.
  std::uint32_t prefix_block_tokens = 0;
};

/// A request of a trace, which must outlive it.
WrittenRequest written(const RequestTrace& trace, std::size_t request);

/// The header of the table; JSON lines have none.
std::string_view request_table_header();
void append_table_row(const WrittenRequest& request, std::string& out);
void append_json_line(const WrittenRequest& request, std::string& out);

}  // namespace tandem

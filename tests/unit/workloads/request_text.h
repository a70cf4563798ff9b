// Small traces of requests for tests.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "tests/support/error_of.h"
#include "workloads/requests/request_source.h"
#include "workloads/requests/request_trace.h"

namespace tandem {

/// Arrival in seconds, tokens of the prompt, tokens of the answer.
using Row = std::tuple<double, std::uint32_t, std::uint32_t>;

inline std::vector<Row> rows_of(const RequestTrace& trace) {
  std::vector<Row> rows;
  for (const RecordedRequest& request : trace.requests) {
    rows.emplace_back(to_seconds(request.arrival), request.prompt_tokens, request.output_tokens);
  }
  return rows;
}

inline std::string error_in(const std::string& text, RequestFormat format) {
  return error_of([&] { read_request_trace(text, "t", format); });
}

inline std::vector<RequestArrival> all_of(RequestSource& source) {
  std::vector<RequestArrival> requests;
  for (RequestArrival next; source.next(next);) requests.push_back(next);
  return requests;
}

}  // namespace tandem

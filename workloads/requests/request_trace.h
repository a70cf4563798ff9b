// Recorded requests: what every format of them is turned into.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/request.h"

namespace tandem {

/// One request of a trace; kept small, as there may be a hundred million.
struct RecordedRequest {
  Time arrival;  ///< Counts from the trace's first request (0).
  std::uint32_t prompt_tokens = 0;
  std::uint32_t output_tokens = 0;
};

/// A whole trace, ordered by arrival, then by place in the file. What only some traces know is kept
/// in columns of its own: one entry for each request, or none at all.
struct RequestTrace {
  std::vector<RecordedRequest> requests;
  std::vector<std::uint32_t> tenant;  ///< Index into `tenants`.
  std::vector<std::int32_t> priority;
  std::vector<std::uint32_t> session;  ///< From 1; 0: of none.
  std::vector<Duration> deadline;      ///< After the arrival; Duration::max(): none.
  /// Those of all requests, one after the other; where those of each request end.
  std::vector<PrefixHash> prefixes;
  std::vector<std::uint64_t> prefix_ends;
  std::uint32_t prefix_block_tokens = 0;  ///< 0: nothing is known to be shared.

  std::vector<std::string> tenants;
  /// What was dropped or assumed, with counts: one sentence each.
  std::vector<std::string> warnings;

  std::span<const PrefixHash> prefix(std::size_t request) const;
};

/// Keeps these rows, in this order.
void take_rows(RequestTrace& trace, std::span<const std::uint32_t> rows);

enum class RequestFormat { kAzureLlm, kBurstGpt, kMooncake, kNative, kJsonl, kShareGpt, kServeGen };

/// "azure-llm", "burstgpt", "mooncake", "native", "jsonl", "sharegpt", "servegen".
std::span<const std::string> request_format_names();
/// Throws InputError with a suggestion for an unknown name.
RequestFormat request_format(std::string_view name);
/// Tells the format from the CSV header or the first line. Throws InputError.
RequestFormat detect_request_format(const std::filesystem::path& file);

/// Reads a trace of requests (.zst accepted). Throws InputError with file, line and column for
/// whatever is wrong, and for formats that have lengths without arrivals (sharegpt) or rates
/// instead of requests (servegen); nothing is skipped without a warning that counts it.
RequestTrace read_request_trace(const std::filesystem::path& file, RequestFormat format);
/// The same from memory, for tests and fuzzers; `file` names the text in messages.
RequestTrace read_request_trace(std::string_view text, const std::string& file,
                                RequestFormat format);

}  // namespace tandem

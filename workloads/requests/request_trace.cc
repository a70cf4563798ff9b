#include "workloads/requests/request_trace.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "policies/core/error.h"
#include "policies/core/nearest.h"
#include "workloads/requests/formats.h"
#include "workloads/requests/json_lines.h"
#include "workloads/traces/csv.h"
#include "workloads/traces/names.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

using Reader = void (*)(std::string_view text, RequestDraft& draft);

/// In the order of RequestFormat and of its names; null: there are no requests in it.
constexpr std::array<Reader, 7> kReaders = {
    read_azure_llm,      read_burst_gpt, read_mooncake, read_native_requests,
    read_jsonl_requests, nullptr,        nullptr};

/// What the headers of tables have, and whose it is. Tables of lengths come last: a native one has
/// their columns too.
struct Header {
  RequestFormat format;
  std::vector<std::string_view> columns;
};
const std::vector<Header>& headers() {
  static const std::vector<Header> kHeaders = {
      {RequestFormat::kAzureLlm, {"TIMESTAMP", "ContextTokens", "GeneratedTokens"}},
      {RequestFormat::kBurstGpt,
       {"Timestamp", "Model", "Request tokens", "Response tokens", "Total tokens", "Log Type"}},
      {RequestFormat::kNative, {"arrival_time", "prompt_tokens", "output_tokens"}},
      {RequestFormat::kShareGpt, {"prompt_tokens", "output_tokens"}},
      {RequestFormat::kShareGpt, {"num_prefill_tokens", "num_decode_tokens"}},
  };
  return kHeaders;
}

RequestFormat format_of_table(std::string_view text, const std::string& file) {
  const CsvReader csv(text, file);
  std::vector<std::vector<std::string_view>> columns;
  for (const Header& header : headers()) columns.push_back(header.columns);
  const auto best = most_alike(csv, columns);
  if (!best) {
    throw InputError({file, 1},
                     "the header is of no format of requests we know (azure-llm, burstgpt, native, "
                     "sharegpt); a native one is arrival_time,prompt_tokens,output_tokens");
  }
  const RequestFormat format = headers()[*best].format;
  if (format != RequestFormat::kNative) return format;
  // Two of the three columns of a native table make a whole table of lengths.
  const bool has_lengths = csv.find("prompt_tokens") && csv.find("output_tokens");
  const bool has_arrivals = !nearest("arrival_time", csv.header()).empty();
  return has_lengths && !has_arrivals ? RequestFormat::kShareGpt : RequestFormat::kNative;
}

RequestFormat format_of_lines(std::string_view text, const std::string& file) {
  enum Name : std::uint8_t { kInputLength, kTimestamp, kArrivalTime, kArrivalTimeNs, kPrompt };
  JsonLines rows(text, file,
                 {"input_length", "timestamp", "arrival_time", "arrival_time_ns", "prompt_tokens"},
                 {"hash_ids"});
  rows.next();
  if (rows.given(kInputLength) || rows.given(kTimestamp) || rows.list(0)) {
    return RequestFormat::kMooncake;
  }
  const bool has_arrivals = rows.given(kArrivalTime) || rows.given(kArrivalTimeNs);
  return rows.given(kPrompt) && !has_arrivals ? RequestFormat::kShareGpt : RequestFormat::kJsonl;
}

/// Throws InputError for a format without requests.
Reader reader_of(RequestFormat format, const std::string& file) {
  if (format == RequestFormat::kShareGpt) {
    throw InputError(Position{file},
                     "these are lengths without arrivals: draw requests from them "
                     "(generate: { arrival: …, lengths: { file: … } })");
  }
  if (format == RequestFormat::kServeGen) {
    throw InputError(Position{file}, "these are rates of arrivals, not requests");
  }
  return kReaders[static_cast<std::size_t>(format)];
}

}  // namespace

std::span<const PrefixHash> RequestTrace::prefix(std::size_t request) const {
  if (prefix_ends.empty()) return {};
  const std::uint64_t start = request == 0 ? 0 : prefix_ends[request - 1];
  return std::span(prefixes).subspan(start, prefix_ends[request] - start);
}

void take_rows(RequestTrace& trace, std::span<const std::uint32_t> rows) {
  const auto take = [rows](auto& column) {
    if (column.empty()) return;
    std::remove_reference_t<decltype(column)> taken;
    taken.reserve(rows.size());
    for (const std::uint32_t row : rows) taken.push_back(column[row]);
    column = std::move(taken);
  };
  if (!trace.prefix_ends.empty()) {
    std::vector<PrefixHash> prefixes;
    std::vector<std::uint64_t> ends;
    ends.reserve(rows.size());
    for (const std::uint32_t row : rows) {
      const auto prefix = trace.prefix(row);
      prefixes.insert(prefixes.end(), prefix.begin(), prefix.end());
      ends.push_back(prefixes.size());
    }
    trace.prefixes = std::move(prefixes);
    trace.prefix_ends = std::move(ends);
  }
  take(trace.requests);
  take(trace.tenant);
  take(trace.priority);
  take(trace.session);
  take(trace.deadline);
}

std::span<const std::string> request_format_names() {
  static const std::array<std::string, 7> kNames = {"azure-llm", "burstgpt", "mooncake", "native",
                                                    "jsonl",     "sharegpt", "servegen"};
  return kNames;
}

RequestFormat request_format(std::string_view name) {
  const auto names = request_format_names();
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<RequestFormat>(i);
  }
  throw InputError(
      fmt::format("there is no format of requests {}{}", shown(name), suggestion(name, names)));
}

RequestFormat detect_request_format(const std::filesystem::path& file) {
  // A first line is read whole even if it is as long as a line may be.
  constexpr std::size_t kEnough = std::size_t{4} << 20U;
  const TextFile beginning(file, kEnough);
  LineReader lines(beginning.text(), file.string());
  if (!lines.next_filled()) throw InputError(Position{file.string()}, "there is no line in it");
  const char first = lines.line()[lines.line().find_first_not_of(" \t")];
  if (first == '{') return format_of_lines(beginning.text(), file.string());
  if (first == '[') {
    throw InputError({file.string(), lines.number()},
                     "this is one JSON list: expected one object a line. Conversations as text "
                     "need their tokens counted first (prompt_tokens,output_tokens)");
  }
  if (first >= '0' && first <= '9') return RequestFormat::kServeGen;
  return format_of_table(beginning.text(), file.string());
}

RequestTrace read_request_trace(std::string_view text, const std::string& file,
                                RequestFormat format) {
  const Reader read = reader_of(format, file);
  RequestDraft draft(file, text);
  read(text, draft);
  return std::move(draft).finish();
}

RequestTrace read_request_trace(const std::filesystem::path& file, RequestFormat format) {
  const TextFile opened(file);
  return read_request_trace(opened.text(), file.string(), format);
}

}  // namespace tandem

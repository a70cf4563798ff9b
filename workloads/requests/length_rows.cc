// Lengths as ShareGPT's conversations are often reduced to them: a table or JSON lines of
// prompt_tokens and output_tokens; also a table with the names of vidur. Conversations of which
// nothing is left are among them, and are left out as failed requests are.

#include "workloads/requests/formats.h"
#include "workloads/requests/json_lines.h"
#include "workloads/requests/lengths.h"
#include "workloads/traces/csv.h"
#include "workloads/traces/text_file.h"

namespace tandem {
namespace {

void read_table(std::string_view text, RequestDraft& draft) {
  CsvReader csv(text, draft.file());
  const bool is_vidur = csv.find("num_prefill_tokens").has_value();
  const std::size_t prompt = csv.column(is_vidur ? "num_prefill_tokens" : "prompt_tokens");
  const std::size_t output = csv.column(is_vidur ? "num_decode_tokens" : "output_tokens");
  while (csv.next()) {
    draft.add_if_served(kStartOfTime, token_count(csv.field(prompt), 0),
                        token_count(csv.field(output), 0));
  }
}

void read_lines(std::string_view text, RequestDraft& draft) {
  JsonLines rows(text, draft.file(), {"prompt_tokens", "output_tokens"});
  while (rows.next()) {
    draft.add_if_served(kStartOfTime, token_count(rows.field(0), 0), token_count(rows.field(1), 0));
  }
}

}  // namespace

void read_length_rows(std::string_view text, RequestDraft& draft) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  const bool is_json = start != std::string_view::npos && text[start] == '{';
  is_json ? read_lines(text, draft) : read_table(text, draft);
}

LengthTable read_lengths(std::string_view text, const std::string& file, RequestFormat format) {
  RequestTrace trace;
  if (format == RequestFormat::kShareGpt) {
    RequestDraft draft(file, text);
    read_length_rows(text, draft);
    trace = std::move(draft).finish();
  } else {
    trace = read_request_trace(text, file, format);
  }
  LengthTable table;
  table.warnings = std::move(trace.warnings);
  table.rows.reserve(trace.requests.size());
  for (const RecordedRequest& request : trace.requests) {
    table.rows.push_back({request.prompt_tokens, request.output_tokens});
  }
  return table;
}

LengthTable read_lengths(const std::filesystem::path& file, RequestFormat format) {
  const TextFile opened(file);
  return read_lengths(opened.text(), file.string(), format);
}

}  // namespace tandem

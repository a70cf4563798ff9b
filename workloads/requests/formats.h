// The formats of requests, one reader a file: each turns a text into a draft. For request_trace.cc;
// everybody else calls read_request_trace() or read_lengths().
#pragma once

#include <string_view>

#include "workloads/requests/request_draft.h"

namespace tandem {

/// The Azure LLM inference traces of 2023 and 2024.
void read_azure_llm(std::string_view text, RequestDraft& draft);
/// BurstGPT, with and without the columns of sessions and elapsed times.
void read_burst_gpt(std::string_view text, RequestDraft& draft);
/// The traces of Mooncake (FAST '25), whose prompts are named in blocks of 512 tokens.
void read_mooncake(std::string_view text, RequestDraft& draft);
/// Our own table of requests.
void read_native_requests(std::string_view text, RequestDraft& draft);
/// Our own requests as one JSON object a line, also with the keys of LLMServingSim.
void read_jsonl_requests(std::string_view text, RequestDraft& draft);
/// Lengths alone, as a table or as one JSON object a line; all arrive at 0.
void read_length_rows(std::string_view text, RequestDraft& draft);

}  // namespace tandem

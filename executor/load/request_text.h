// Requests as HTTP has them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "executor/load/load_client.h"
#include "executor/load/prompts.h"

namespace tandem {

std::string get_request(const LoadTarget& target, std::string_view path);
std::string post_request(const LoadTarget& target, std::string_view path, std::string_view body);
/// "/completions", or a chat's.
std::string_view completions_path(const LoadTarget& target);

/// The JSON of a request for a streamed answer of so many tokens at most, chosen greedily.
std::string completion_body(const LoadTarget& target, const std::string& model,
                            const RequestArrival& arrival, const Prompts& prompts,
                            const TokenCount& count);

/// One that asks how many tokens so many words are: for a single token, not streamed.
std::string probe_body(const LoadTarget& target, const std::string& model, const Prompts& prompts,
                       std::uint32_t words);

}  // namespace tandem

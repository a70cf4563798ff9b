// What clients of OpenAI's API ask for: POST /v1/completions and /v1/chat/completions, as text
// becomes a request. Fields: reference.md, section 4, and OpenAI's own description.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "executor/http/chat_prompt.h"
#include "executor/serve/generation.h"

namespace tandem {

constexpr std::size_t kMostStops = 16;
constexpr std::size_t kMostChoices = 128;  ///< Answers of one request: prompts times n.

/// Text, or the tokens that it would become.
using Prompt = std::variant<std::string, std::vector<TokenId>>;

struct CompletionRequest {
  std::string model;
  bool is_chat = false;
  std::vector<Prompt> prompts;              ///< At least one, unless it is a chat.
  std::vector<ChatMessage> messages;        ///< Of a chat, at least one.
  std::size_t choices = 1;                  ///< Of each prompt: "n".
  std::optional<std::uint32_t> max_tokens;  ///< Nothing: what the context leaves.
  Sampling sampling;                        ///< Without the seed.
  std::optional<std::uint64_t> seed;
  std::vector<std::string> stops;
  std::int64_t priority = 0;
  bool echo = false;
  bool streams = false;
  bool wants_usage = false;          ///< At the end of a stream.
  std::vector<std::string> ignored;  ///< Fields that mean nothing here.
};

/// Throw ApiError 400 for what is no such request.
CompletionRequest parse_completion(std::string_view body);
CompletionRequest parse_chat(std::string_view body);

}  // namespace tandem

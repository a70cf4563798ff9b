// Answers as clients of OpenAI's API read them: whole, or token by token as server-sent events.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "executor/data/tokenizer.h"
#include "executor/serve/generation.h"

namespace tandem {

struct Usage {
  std::int64_t prompt_tokens = 0;
  std::int64_t completion_tokens = 0;
};

/// What one token adds to an answer.
struct TokenPiece {
  std::string text;         ///< Empty while it may be part of a character, or of a stop string.
  const GivenToken* token;  ///< Never null.
  std::size_t offset = 0;   ///< Characters of the answer before the token's own.
};

/// One answer of a response that is given whole.
struct WholeChoice {
  std::string text;
  std::string reason;
  std::vector<GivenToken> tokens;    ///< These two only if log probabilities are wanted.
  std::vector<std::size_t> offsets;  ///< As in TokenPiece.
};

struct ResponseForm {
  std::string id;            ///< "cmpl-..." or "chatcmpl-...".
  std::int64_t created = 0;  ///< Seconds since 1970.
  std::string model;
  bool is_chat = false;
  bool wants_logprobs = false;
  bool wants_usage = false;  ///< At the end of a stream; until then it is null.
};

/// Writes what belongs to one request. Events end in an empty line.
class ResponseWriter {
 public:
  /// The tokenizer must outlive it.
  ResponseWriter(ResponseForm form, const Tokenizer& tokenizer);

  /// `is_first`: in a chat it says who speaks.
  std::string token_event(std::size_t index, const TokenPiece& piece, bool is_first) const;
  /// Text before any token, as of an echo.
  std::string text_event(std::size_t index, std::string_view text) const;
  /// `text`: what was held back until now.
  std::string end_event(std::size_t index, std::string_view text, std::string_view reason,
                        bool is_first) const;
  std::string usage_event(const Usage& usage) const;
  std::string whole(std::span<const WholeChoice> choices, const Usage& usage) const;

 private:
  std::string event(std::size_t index, std::string_view text, std::string_view logprobs,
                    std::string_view reason, bool is_first) const;

  ResponseForm form_;
  const Tokenizer& tokenizer_;
  std::string head_;  ///< {"id": ... "choices":[
  std::string tail_;
};

std::string error_event(const std::string& error_json);
constexpr std::string_view kDoneEvent = "data: [DONE]\n\n";

/// GET /v1/models, and one of them.
struct ServedModel;
std::string models_json(std::span<const ServedModel> models);
std::string model_json(const ServedModel& model);

}  // namespace tandem

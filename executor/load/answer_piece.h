// What one event of a streamed answer says: a token, what was used, that something went wrong.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tandem {

struct AnswerUsage {
  std::uint32_t prompt_tokens = 0;
  std::uint32_t completion_tokens = 0;
};

struct AnswerPiece {
  bool is_done = false;   ///< "[DONE]".
  bool is_token = false;  ///< It brings text, or a token whose text is not whole yet.
  std::optional<AnswerUsage> usage;
  std::string error;  ///< The server's own words.
};

/// Of completions and of chats. Throws MalformedAnswer for what is neither.
AnswerPiece answer_piece(std::string_view data);

/// The message in the body of an error, or its beginning if it is no JSON.
std::string error_message(std::string_view body);

/// The usage of an answer that is not streamed, if it is there.
std::optional<AnswerUsage> usage_in(std::string_view body);

}  // namespace tandem

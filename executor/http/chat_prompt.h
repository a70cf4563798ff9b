// What a chat looks like to a model that only continues text. The forms are built in, by name;
// templates in Jinja, as model files carry them, are not read.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "executor/data/tokenizer.h"

namespace tandem {

struct ChatMessage {
  std::string role;  ///< "system", "user" or "assistant".
  std::string content;
};

/// "chatml", "llama-2", "llama-3", "plain" ("role: content" lines, for models that know no form).
const std::vector<std::string>& chat_templates();

/// The prompt up to where the assistant speaks. What the form itself says are special tokens; what
/// people wrote stays text, whatever it looks like. Throws InputError for an unknown template, or
/// messages that it has no form for.
std::vector<TokenId> chat_prompt(std::string_view chat_template,
                                 std::span<const ChatMessage> messages, const Tokenizer& tokenizer);

/// Texts that end the assistant's turn, where that need not be the tokenizer's end of text.
std::vector<std::string> chat_stops(std::string_view chat_template);

}  // namespace tandem

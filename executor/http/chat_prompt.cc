#include "executor/http/chat_prompt.h"

#include <fmt/format.h>

#include <algorithm>

#include "policies/core/error.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

using Messages = std::span<const ChatMessage>;

/// A prompt in the making. Text between two special tokens is encoded in one piece, as a tokenizer
/// would that was given the whole.
class PromptTokens {
 public:
  explicit PromptTokens(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  PromptTokens& special(std::string_view name) {
    flush();
    append(tokenizer_.encode(name, SpecialTokens::kAreTokens));
    return *this;
  }
  PromptTokens& text(std::string_view text) {
    text_ += text;
    return *this;
  }
  /// Behind what the model wants in front of every text. A tokenizer would put it there; templates
  /// of Hugging Face, whose result no tokenizer may add to, say it themselves.
  std::vector<TokenId> ids() && {
    flush();
    const auto begin = tokenizer_.begin_of_text();
    if (begin && (ids_.empty() || ids_.front() != *begin)) ids_.insert(ids_.begin(), *begin);
    return std::move(ids_);
  }

 private:
  void flush() {
    if (!text_.empty()) append(tokenizer_.encode(text_, SpecialTokens::kAreText));
    text_.clear();
  }
  void append(const std::vector<TokenId>& ids) { ids_.insert(ids_.end(), ids.begin(), ids.end()); }

  const Tokenizer& tokenizer_;
  std::string text_;
  std::vector<TokenId> ids_;
};

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

void chatml(Messages messages, PromptTokens& prompt) {
  for (const ChatMessage& message : messages) {
    prompt.special("<|im_start|>").text(message.role + "\n" + message.content);
    prompt.special("<|im_end|>").text("\n");
  }
  prompt.special("<|im_start|>").text("assistant\n");
}

void llama_3(Messages messages, PromptTokens& prompt) {
  const auto head = [&](std::string_view role) {
    prompt.special("<|start_header_id|>").text(role).special("<|end_header_id|>").text("\n\n");
  };
  prompt.special("<|begin_of_text|>");
  for (const ChatMessage& message : messages) {
    head(message.role);
    prompt.text(trimmed(message.content)).special("<|eot_id|>");
  }
  head("assistant");
}

/// Users and assistant by turns; what the system says stands in the first user's turn.
void llama_2(Messages messages, PromptTokens& prompt) {
  std::string system;
  if (!messages.empty() && messages.front().role == "system") {
    system = fmt::format("<<SYS>>\n{}\n<</SYS>>\n\n", messages.front().content);
    messages = messages.subspan(1);
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const std::string_view expected = i % 2 == 0 ? "user" : "assistant";
    if (messages[i].role != expected) {
      throw InputError(
          fmt::format("the form 'llama-2' wants user and assistant by turns, and here "
                      "'{}', not '{}'",
                      expected, messages[i].role));
    }
    const std::string content(trimmed(messages[i].content));
    if (i % 2 == 0) {
      const std::string turn = i == 0 ? std::string(trimmed(system + content)) : content;
      prompt.special("<s>").text("[INST] " + turn + " [/INST]");
    } else {
      prompt.text(" " + content + " ").special("</s>");
    }
  }
  if (messages.size() % 2 == 0) {
    throw InputError("the form 'llama-2' wants a user's message last");
  }
}

void plain(Messages messages, PromptTokens& prompt) {
  for (const ChatMessage& message : messages) {
    prompt.text(message.role + ": " + message.content + "\n");
  }
  prompt.text("assistant:");
}

struct Form {
  std::string name;
  void (*write)(Messages, PromptTokens&);
  std::vector<std::string> stops;
};

const std::vector<Form>& forms() {
  static const std::vector<Form> all{{"chatml", chatml, {"<|im_end|>"}},
                                     {"llama-2", llama_2, {}},
                                     {"llama-3", llama_3, {"<|eot_id|>"}},
                                     {"plain", plain, {"\nuser:"}}};
  return all;
}

const Form& form_of(std::string_view name) {
  const auto found = std::ranges::find(forms(), name, &Form::name);
  if (found != forms().end()) return *found;
  throw InputError(
      fmt::format("unknown chat template '{}'{}", name, suggestion(name, chat_templates())));
}

}  // namespace

const std::vector<std::string>& chat_templates() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const Form& form : forms()) all.push_back(form.name);
    return all;
  }();
  return names;
}

std::vector<TokenId> chat_prompt(std::string_view chat_template,
                                 std::span<const ChatMessage> messages,
                                 const Tokenizer& tokenizer) {
  PromptTokens prompt(tokenizer);
  form_of(chat_template).write(messages, prompt);
  return std::move(prompt).ids();
}

std::vector<std::string> chat_stops(std::string_view chat_template) {
  return form_of(chat_template).stops;
}

}  // namespace tandem

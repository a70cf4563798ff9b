#include "executor/serve/prompt_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "policies/core/error.h"
#include "policies/core/fingerprint.h"
#include "policies/core/nearest.h"

namespace tandem {
namespace {

using nlohmann::json;

constexpr std::string_view kCompletions = "/v1/completions";
constexpr std::string_view kChat = "/v1/chat/completions";
/// More than any request has; what is written out level by level must not go deeper.
constexpr int kDeepest = 100;

/// Where the value of a key of the outermost object begins, from 1; the line is valid JSON.
std::size_t column_of(std::string_view line, std::string_view key) {
  int depth = 0;
  bool in_text = false;
  std::size_t text = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (in_text) {
      if (c == '\\') ++at;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
      text = at + 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ':' && depth == 1 && line.substr(text).starts_with(key) &&
               line[text + key.size()] == '"') {
      return line.find_first_not_of(" \t", at + 1) + 1;
    }
  }
  return 1;
}

/// One line, whose every mistake has its place.
class Line {
 public:
  explicit Line(const LineReader& lines) : lines_(lines) {
    const auto look = [this](int depth, json::parse_event_t, json&) {
      if (depth > kDeepest) fail(1, fmt::format("more than {} levels", kDeepest));
      return true;
    };
    try {
      object_ = json::parse(lines.line(), look);
    } catch (const json::parse_error& error) {
      fail(error.byte, "this is no JSON object");
    } catch (const json::exception&) {
      fail(1, "a number is too large");
    }
    if (!object_.is_object()) fail(1, "this is no JSON object");
  }

  json& object() { return object_; }
  bool has(const char* key) const { return object_.contains(key); }
  /// A text that is there and not empty.
  std::string text(const char* key) const {
    if (!has(key)) fail(1, fmt::format("the key '{}' is missing", key));
    const json& value = object_[key];
    if (!value.is_string() || value.get_ref<const std::string&>().empty()) {
      fail_at(key, "expected a text that is not empty");
    }
    return value;
  }
  [[noreturn]] void fail_at(const char* key, const std::string& message) const {
    fail(column_of(lines_.line(), key), fmt::format("{}: {}", key, message));
  }
  [[noreturn]] void fail(std::size_t column, const std::string& message) const {
    throw InputError({lines_.file(), lines_.number(), column}, message);
  }

 private:
  const LineReader& lines_;
  json object_;
};

std::string name_of_line(std::size_t number) { return fmt::format("line-{}", number); }

/// A request as the batch API takes it.
FilePrompt read_envelope(Line& line) {
  const std::vector<std::string> known{"custom_id", "method", "url", "body"};
  for (const auto& [key, value] : line.object().items()) {
    if (std::ranges::find(known, key) == known.end()) {
      line.fail_at(key.c_str(), "unknown key" + suggestion(key, known));
    }
  }
  FilePrompt prompt;
  prompt.id = line.text("custom_id");
  if (line.has("method") && line.text("method") != "POST") {
    line.fail_at("method", "expected 'POST'");
  }
  const std::string url = line.text("url");
  if (url != kCompletions && url != kChat) {
    const std::vector<std::string> urls{std::string(kCompletions), std::string(kChat)};
    line.fail_at("url", fmt::format("unknown '{}'{}", url, suggestion(url, urls)));
  }
  prompt.kind = url == kChat ? FilePrompt::Kind::kChat : FilePrompt::Kind::kCompletion;
  if (!line.has("body")) line.fail(1, "the key 'body' is missing");
  if (!line.object()["body"].is_object()) line.fail_at("body", "expected an object");
  prompt.body = line.object()["body"].dump();
  return prompt;
}

/// A completion's body by itself.
FilePrompt read_plain(Line& line, std::size_t number) {
  if (!line.has("prompt")) {
    line.fail(1, "expected a key 'prompt', or 'custom_id', 'url' and 'body'");
  }
  FilePrompt prompt;
  prompt.id = name_of_line(number);
  if (line.has("custom_id")) {
    prompt.id = line.text("custom_id");
    line.object().erase("custom_id");
  }
  prompt.body = line.object().dump();
  return prompt;
}

}  // namespace

std::uint64_t FilePrompt::fingerprint() const {
  Fingerprint fingerprint;
  fingerprint.add(id);
  // Where one part ends and the next begins is told by bytes that no text has.
  fingerprint.add(kind == Kind::kChat ? "\xff"
                                        "chat"
                                        "\xff"
                                      : "\xff"
                                        "completion"
                                        "\xff");
  fingerprint.add(body);
  return fingerprint.value();
}

PromptFile::PromptFile(std::string_view text, std::string file) : lines_(text, std::move(file)) {}

std::optional<FilePrompt> PromptFile::next() {
  try {
    if (!lines_.next_filled()) return std::nullopt;
  } catch (const InputError& error) {
    lines_.pass_over();
    return mistake(error.what());
  }
  try {
    FilePrompt prompt = read_line();
    ids_.insert(prompt.id);
    return prompt;
  } catch (const InputError& error) {
    return mistake(error.what());
  }
}

FilePrompt PromptFile::read_line() const {
  Line line(lines_);
  const bool is_wrapped = line.has("url") || line.has("body") || line.has("method");
  FilePrompt prompt = is_wrapped ? read_envelope(line) : read_plain(line, lines_.number());
  if (ids_.contains(prompt.id)) {
    line.fail_at("custom_id", fmt::format("the id '{}' comes twice", prompt.id));
  }
  return prompt;
}

FilePrompt PromptFile::mistake(const std::string& what) {
  FilePrompt prompt;
  prompt.id = name_of_line(lines_.number());
  while (!ids_.insert(prompt.id).second) prompt.id += '+';  // Another line calls itself so.
  prompt.body = lines_.line();
  prompt.mistake = what;
  return prompt;
}

}  // namespace tandem

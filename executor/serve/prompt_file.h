// A file of prompts, answered without anybody waiting at the other end: JSON lines as OpenAI's
// batch API takes them, or plain prompts. What a request's body means is not known here: it is read
// as if it had come over HTTP.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "workloads/traces/line_reader.h"

namespace tandem {

struct FilePrompt {
  enum class Kind : std::uint8_t { kCompletion, kChat };
  std::string id;  ///< Nobody else's in the file: its custom_id, or "line-7".
  Kind kind = Kind::kCompletion;
  std::string body;      ///< JSON.
  std::size_t line = 0;  ///< For messages about the body.
};

/// Lines {"custom_id", "method": "POST", "url": "/v1/completions" or "/v1/chat/completions",
/// "body": {…}}, or completions themselves: {"prompt": …} with whatever else a body may have, and
/// perhaps a custom_id. Blank lines are passed over; "\r\n" ends a line as well.
class PromptFile {
 public:
  /// A text in memory, which must outlive this. `file` names it in messages.
  PromptFile(std::string_view text, std::string file);

  /// The next prompt; nothing at the end. Throws InputError with file, line and column.
  std::optional<FilePrompt> next();

 private:
  LineReader lines_;
  std::set<std::string> ids_;
};

}  // namespace tandem

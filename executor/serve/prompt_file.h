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
  /// Nobody else's in the file, and the same whenever the file is read: its custom_id, or "line-7"
  /// if it has none, or none that can be used.
  std::string id;
  Kind kind = Kind::kCompletion;
  std::string body;  ///< JSON; of what is no prompt, the line.
  std::string
      mistake;  ///< Why the line is no prompt, with file, line and column; empty: it is one.

  /// Another one for another prompt, even if it has the same id.
  std::uint64_t fingerprint() const;
};

/// Lines {"custom_id", "method": "POST", "url": "/v1/completions" or "/v1/chat/completions",
/// "body": {…}}, or completions themselves: {"prompt": …} with whatever else a body may have, and
/// perhaps a custom_id. Blank lines are passed over; "\r\n" ends a line as well.
class PromptFile {
 public:
  /// A text in memory, which must outlive this. `file` names it in messages.
  PromptFile(std::string_view text, std::string file);

  /// The next prompt, or a line's mistake; nothing at the end.
  std::optional<FilePrompt> next();
  const std::string& file() const { return lines_.file(); }
  /// Of the last prompt.
  std::size_t line() const { return lines_.number(); }

 private:
  FilePrompt read_line() const;
  FilePrompt mistake(const std::string& what);

  LineReader lines_;
  std::set<std::string> ids_;
};

}  // namespace tandem

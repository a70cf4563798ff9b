// The answers to a file of prompts, which survive a crash: who begins again goes on with what has
// no answer yet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "executor/serve/prompt_file.h"

namespace tandem {

/// JSON lines in the form of OpenAI's batch output, in the order in which answers come:
/// {"id": …, "custom_id": …, "response": {"status_code": 200, "body": {…}}, "error": null}. The id
/// is "batch_req_" and the prompt's fingerprint, which tells whether it is still the same prompt.
class AnswerFile {
 public:
  /// Reads back who is answered; a torn last line is cut off. Creates a file that is not there.
  /// Throws InputError for a file that cannot be opened, is none of ours, or that another process
  /// writes, and std::system_error if the disk does not do what it should; so do add() and sync().
  explicit AnswerFile(const std::filesystem::path& path);
  ~AnswerFile();
  AnswerFile(const AnswerFile&) = delete;
  AnswerFile& operator=(const AnswerFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  struct Answered {
    std::uint64_t prompt = 0;  ///< Its fingerprint.
    int status = 0;
  };
  /// By the ids of the prompts.
  const std::map<std::string, Answered>& answered() const { return answered_; }
  bool has(const std::string& id) const { return answered_.contains(id); }

  /// The answer to a prompt that has none: an HTTP status, and the body (JSON, one line) that would
  /// have come with it. Who kills this process cannot take it back; on the disk it is by the next
  /// sync() or after some more answers.
  void add(const FilePrompt& prompt, int status, std::string_view body);
  /// All answers are on the disk when it returns.
  void sync();

 private:
  void read_back();

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::map<std::string, Answered> answered_;
  std::size_t unsynced_ = 0;  ///< Answers.
};

}  // namespace tandem

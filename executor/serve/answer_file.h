// The answers to a file of prompts, which survive a crash: who begins again goes on with what has
// no answer yet.
#pragma once

#include <cstddef>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

namespace tandem {

/// JSON lines in the form of OpenAI's batch output, in the order in which answers come:
/// {"custom_id": …, "response": {"status_code": 200, "body": {…}}, "error": null}.
class AnswerFile {
 public:
  /// Reads back who is answered; a torn last line is cut off. Creates a file that is not there.
  /// Throws InputError for a file that is none of ours or that another process writes, and
  /// std::system_error if the disk does not do what it should; so do add() and sync().
  explicit AnswerFile(const std::filesystem::path& path);
  ~AnswerFile();
  AnswerFile(const AnswerFile&) = delete;
  AnswerFile& operator=(const AnswerFile&) = delete;

  bool has(const std::string& id) const { return ids_.contains(id); }
  std::size_t size() const { return ids_.size(); }

  /// The answer to an id that has none: an HTTP status, and the body (JSON, one line) that would
  /// have come with it. On the disk by the next sync() or after some more answers.
  void add(const std::string& id, int status, std::string_view body);
  /// All answers are on the disk when it returns.
  void sync();

 private:
  void read_back();

  std::filesystem::path path_;
  int descriptor_ = -1;
  std::set<std::string> ids_;
  std::string buffer_;
  std::size_t buffered_ = 0;
};

}  // namespace tandem

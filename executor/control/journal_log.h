// The journal of a real run: on disk before anything it says is carried out. What a controller
// needs to know after it was killed follows from it, by replay.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "policies/core/journal.h"

namespace tandem {

/// What an earlier controller has left of a journal: whole lines of it, and where each step begins.
struct JournalRemains {
  std::string text;  ///< Whole lines; a last one without an end is left out.
  /// Where the last step begins, which may lack lines; the length of the text if there is none.
  std::size_t last_step = 0;
  Time last_time;         ///< Of the last step.
  bool complete = false;  ///< The run came to its end.
};
/// Nothing if there is no journal, or not even a whole head: then nothing was decided.
std::optional<JournalRemains> read_remains(const std::filesystem::path& path);

class JournalLog final : public Recorder {
 public:
  /// Goes on after the first `keep` bytes of the file. Says nothing while it is muted: the events
  /// of the past come again when they are replayed.
  JournalLog(const std::filesystem::path& path, std::size_t keep);
  ~JournalLog() override;
  JournalLog(const JournalLog&) = delete;
  JournalLog& operator=(const JournalLog&) = delete;

  void mute(bool muted) { is_muted_ = muted; }
  void begin_run(const RunHeader& header) override;
  void begin_step(Time now) override;
  void event(const Event& event) override;
  void action(const Action& action) override;
  /// All that was heard is on disk when it returns.
  void sync();
  /// Cuts the file after `keep` bytes and writes `text` there, durably.
  void replace_end(std::size_t keep, std::string_view text);
  /// The run has come to its end.
  void finish();

 private:
  void append(std::string_view text);
  int descriptor_ = -1;
  bool is_muted_ = false;
  bool is_dirty_ = false;
  JournalWriter writer_;
};

}  // namespace tandem

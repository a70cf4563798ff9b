// The journal of one serving engine: what came, what was decided, what was computed. It looks like
// a run's journal (policies/core/journal.h): one fact a line, whole numbers, append-only; times are
// nanoseconds since the start of the run. Texts are not in it, only hashes of prompts.
//   tandem-engine-journal 1   head: policy, settings of the engine by name, then
//   tenant 0 1 default        id, shares, name
//   run                       end of the head
//   @ 0                       a time; what follows is of this time
//   + submit 0 0 0 0 0 120 16 id, tenant, priority, session, arrival, tokens of the prompt, most of
//                             the answer, and if they matter generated=, predicted=, deadline=,
//                             prefix=, hashes in hexadecimal
//   + cancel 3                id
//   - evict 3 kept            a batch: id, whether what it had computed is kept or lost
//   - admit 4 64 56 last      id, tokens computed before, tokens; `last`: nothing known is left;
//                             `restored`: what is computed before was kept
//   - chunk 2 64 128          the same, of one that has run before
//   - decode 12 3400          all who decode: requests, tokens they look back at
//   - copy 4 0                blocks out of the cache, and into it, before the step
//   - nothing                 instead: there was nothing to compute
//   + computed 1 5,7          how often, and who has ended with it
//   end                       the engine came to its end; absent if it was killed
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policies/batch/engine.h"
#include "policies/core/tenant.h"

namespace tandem {

/// What an engine was made of. Whether it numbers its blocks changes no decision and is not told.
struct EngineJournalHead {
  std::string policy;  ///< As policies/batch/batch_registry.h reads it.
  EngineSettings settings;
  Tenants tenants;
};

/// The lines of a batch, each with its line break.
void append_lines(const Batch& batch, fmt::memory_buffer& out);

/// Writes a journal as an engine works. Times never go back.
class EngineJournalWriter {
 public:
  /// Takes text, whole lines at a time; called every few thousand lines and by flush().
  using Sink = std::function<void(std::string_view)>;
  explicit EngineJournalWriter(Sink sink) : sink_(std::move(sink)) {}

  void begin(const EngineJournalHead& head);
  void submitted(SequenceId id, const Request& request, std::uint32_t generated, Time now);
  void cancelled(SequenceId id, Time now);
  void decided(const Batch& batch, Time now);
  void completed(std::int64_t steps, std::span<const SequenceId> ended, Time now);
  /// Hands on what has not been handed on.
  void flush();
  /// The engine has come to its end: marks it, and flushes.
  void finish();

 private:
  void at(Time now);

  Sink sink_;
  fmt::memory_buffer buffer_;
  std::optional<Time> last_;
};

struct EngineSubmission {
  SequenceId id;
  Request request;
  std::uint32_t generated = 0;
};
struct EngineCancellation {
  SequenceId id;
};
struct EngineDecision {
  Batch batch;  ///< Without Batch::repeats.
  std::vector<std::string> lines;
};
struct EngineCompletion {
  std::int64_t steps = 0;
  std::vector<SequenceId> ended;
};

struct EngineRecord {
  std::size_t line = 0;  ///< The first of its lines.
  Time now;
  std::variant<EngineSubmission, EngineCancellation, EngineDecision, EngineCompletion> what;
};

/// Reads a journal fact by fact. Throws InputError with file, line and column.
class EngineJournalReader {
 public:
  /// Gives the next line without its line break; false at the end.
  using LineSource = std::function<bool(std::string&)>;
  /// Reads the head. `file` names the journal in messages.
  EngineJournalReader(LineSource lines, std::string file);

  const EngineJournalHead& head() const { return head_; }
  const std::string& file() const { return file_; }
  /// Nothing at the end. Of an engine that was killed, a last batch is left out: it may lack lines,
  /// and nobody has seen anything of it.
  std::optional<EngineRecord> next();
  /// After the last record: whether the engine came to its end by itself.
  bool complete() const { return complete_; }

 private:
  void read_head();
  bool read_line();
  EngineDecision read_decision();

  LineSource lines_;
  std::string file_;
  EngineJournalHead head_;
  std::string line_;
  std::size_t line_number_ = 0;
  Time now_;
  bool has_time_ = false;
  bool at_end_ = false;
  bool complete_ = false;
};

/// The lines of a text that outlives the source; a last one without a line break is left out.
EngineJournalReader::LineSource whole_lines(std::string_view text);

}  // namespace tandem

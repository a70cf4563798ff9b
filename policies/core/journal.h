// The journal: one text format for what happened and what was decided, in every world.
//
// One fact a line, whole numbers, append-only. Times are nanoseconds since the start of the run.
//   tandem-journal 1          head: scenario, hash, seed, policy, build, interval, then
//   tenant 0 - 1 - default    id, parent, shares, quota, name
//   type 0 h100-sxm           id, name
//   price 0 2.5               type, for a device and an hour; absent where it is not known
//   node 0 0 8 - - h100-0     id, type, devices, milli-CPUs, bytes of memory, name
//   place 0 1 0               node, rack, pod; absent where both are 0
//   guarantee 0 8             tenant, devices
//   model 1 2 1000000,400000 gpt     id, models it excludes, millionths of speed by type, name
//   limit 0 train - 4 - research     tenant, kind, model, most running, most submitted, name
//   pipeline 0 24 nightly     id, runs (0: one, without a number), name
//   stage 0 8 900000000000 300000000000 eval   pipeline, slices (0: uncut), run time of each, the
//                             overhead in it, name
//   run                       end of the head
//   @ 0                       a step and its time
//   + submit 0 0 train 4 10 3600000000000 job-1   id, tenant, kind, devices, priority, estimate,
//                             name, and if they matter types=, cpus=, memory=, one-node, run=,
//                             share=, model=, unpreemptible, deadline=, qos=, partition=,
//                             critical-path=, elastic=least-most,devices:speed-up (or, where not
//                             all sizes between them are possible, elastic=size/size,...),
//                             part=pipeline,run,stage,slice, after=
//   - start 0 0-3 submitted first                 id, devices, why
//   + progress 0 5000 200       id, work done and kept, time without work since the start or the
//   last
//   + stop 0 node-down 300      id, cause (preempted, node-down, interrupted), time lost
//   end                       the run came to its end; absent after a crash
#pragma once

#include <fmt/format.h>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policies/core/recorder.h"

namespace tandem {

/// One line for an event or an action, without line break.
void append_line(const Event& event, fmt::memory_buffer& out);
void append_line(const Action& action, fmt::memory_buffer& out);
std::string to_line(const Action& action);
/// "0-3,8": runs of consecutive numbers, in the order given. "-" if there are none.
std::string device_ranges(const std::vector<DeviceId>& devices);

/// Writes a journal as a run happens.
class JournalWriter final : public Recorder {
 public:
  /// Takes text, whole lines at a time; called every few thousand lines and by flush().
  using Sink = std::function<void(std::string_view)>;
  explicit JournalWriter(Sink sink) : sink_(std::move(sink)) {}

  void begin_run(const RunHeader& header) override;
  void begin_step(Time now) override;
  void event(const Event& event) override;
  void action(const Action& action) override;
  /// Hands on what has not been handed on.
  void flush();
  /// The run has come to its end: marks it, and flushes.
  void finish();

 private:
  Sink sink_;
  fmt::memory_buffer buffer_;
};

/// Reads a journal step by step. Throws InputError with file and line.
class JournalReader {
 public:
  /// Gives the next line without its line break; false at the end.
  using LineSource = std::function<bool(std::string&)>;
  /// Reads the head. `file` names the journal in messages.
  JournalReader(LineSource lines, std::string file);

  const RunHeader& header() const { return header_; }
  const std::string& file() const { return file_; }

  struct RecordedAction {
    std::size_t line = 0;
    std::string text;
    Action action;
  };
  struct RecordedStep {
    std::size_t line = 0;
    Step step;
    std::vector<RecordedAction> actions;
  };
  /// Nothing at the end.
  std::optional<RecordedStep> next();
  /// After the last step: whether the journal says that the run came to its end.
  bool complete() const { return complete_; }

 private:
  void read_head();
  bool read_line();

  LineSource lines_;
  std::string file_;
  RunHeader header_;
  std::string line_;
  std::size_t line_number_ = 0;
  bool at_end_ = false;
  bool complete_ = false;
};

/// Tells `recorder` a whole recorded run.
void read_journal(JournalReader& reader, Recorder& recorder);

}  // namespace tandem

// What controller and workers tell each other.
//
// A worker tells its whole state, again and again and whenever it changes; the controller tells
// what is to be done, under a number that makes doing it twice harmless. So a lost message, or a
// new controller that knows nothing, is mended by the next one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "executor/spec/serving_spec.h"
#include "executor/spec/training_spec.h"
#include "policies/core/ids.h"

namespace tandem {

/// One rank of a gang, as a worker is to run it. A job's generation counts how often it was given
/// devices: ranks of different generations never meet.
struct RankTask {
  JobId job;
  std::uint32_t generation = 0;
  std::uint32_t rank = 0;
  std::uint32_t world = 1;
  std::filesystem::path folder;      ///< Of the job: its logs, losses and checkpoints.
  std::filesystem::path text_cache;  ///< Of all jobs: text that has become numbers.
  TrainingSpec spec;
  std::optional<ServingSpec> serving;  ///< It serves; `spec` means nothing then.
  int threads = 1;
  std::int64_t patience_ms = 60'000;  ///< For other ranks.
};

/// Where a job keeps its checkpoints.
inline std::filesystem::path checkpoints_in(const std::filesystem::path& job_folder) {
  return job_folder / "checkpoints";
}

enum class RankPhase : std::uint8_t {
  kIdle,
  kLoading,    ///< The gang comes together and reads its state.
  kComputing,  ///< From the first step on.
  kFinished,   ///< All steps are done and saved.
  kDrained,    ///< It was asked to stop, and has saved itself.
  kFailed,
};
std::string_view name_of(RankPhase phase);

struct WorkerState {
  DeviceId device;
  std::int32_t pid = 0;
  RankPhase phase = RankPhase::kIdle;
  JobId job;  ///< And all below: unless it is idle.
  std::uint32_t generation = 0;
  std::uint32_t rank = 0;
  std::int64_t steps_done = 0;
  std::int64_t steps_saved = 0;  ///< That a checkpoint holds.
  double loss = 0;               ///< Of the last step, nats for each token.
  double tokens_per_s = 0;       ///< Of the whole gang, lately.
  double longest_step_s = 0;
  double step_s = 0;        ///< Mean of the steps since it began, without saving.
  double save_s = 0;        ///< What the last checkpoint took; 0 before the first.
  double evaluation_s = 0;  ///< The same of looks at the held-out text.
  std::int64_t memory_bytes = 0;
  std::optional<double> held_out_loss;
  bool is_users_fault = false;  ///< Of kFailed: trying again would fail again.
  std::string cause;            ///< Of kFailed.

  bool has_ended() const { return phase >= RankPhase::kFinished; }
  bool runs(JobId which, std::uint32_t of) const {
    return phase != RankPhase::kIdle && job == which && generation == of;
  }
};

struct WorkerCommand {
  enum class Kind : std::uint8_t {
    kStart,
    kDrain,       ///< Stop after a step that all ranks agree on, and save.
    kFinish,      ///< Of a replica, which nobody asks any more: its job is done.
    kCheckpoint,  ///< Save after such a step, and go on.
    kClear,       ///< The end of its rank is known: be idle.
    kLeave,       ///< End the process; a rank that computes drains first.
  };
  Kind kind = Kind::kClear;
  JobId job;  ///< Of kDrain, kFinish, kCheckpoint, kClear, with the generation.
  std::uint32_t generation = 0;
  std::optional<RankTask> task;  ///< Of kStart.
};

std::string to_text(const WorkerState& state);
std::string to_text(const WorkerCommand& command);
/// Throw InputError for what is no such message.
WorkerState worker_state_of(std::string_view text);
WorkerCommand worker_command_of(std::string_view text);

}  // namespace tandem

// One rank of a gang that trains or evaluates. The worker owns it, and decides when to step, to
// save and to stop; what a step is, on however many ranks, is in here. No LibTorch in this header.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "executor/spec/training_spec.h"

namespace tandem {

/// Which rank of which gang this is, and on what it computes.
struct RankPlace {
  int rank = 0;
  int world = 1;
  /// An empty folder that all ranks of this generation see, and no other generation.
  std::filesystem::path rendezvous;
  std::string device = "cpu";  ///< Or "cuda:0".
  int threads = 1;             ///< Of a rank on processors.
  /// Where text that has become numbers is kept for all jobs.
  std::filesystem::path text_cache = std::filesystem::temp_directory_path() / "tandem-text";
  /// How long a rank waits for another before it gives the gang up.
  std::chrono::milliseconds patience{60'000};
};

/// What a rank would like to happen after a step. All ranks do what the most demanding one wants.
enum class Wish : std::uint8_t { kGoOn, kSave, kStop };
/// Asked when a step is nearly done, so that it counts what was wished for meanwhile.
using AskWish = std::function<Wish()>;

struct StepReport {
  std::int64_t step = 0;  ///< That is done: 1 after the first.
  double loss = 0;        ///< Mean over all tokens of the step, in nats.
  double gradient_norm = 0;
  double learning_rate = 0;
  Wish agreed = Wish::kGoOn;  ///< All ranks learn it after the same step.
};

class Trainer {
 public:
  /// All ranks together: forms the group, makes the first weights. Throws InputError for what the
  /// user can mend, std::runtime_error if the group does not come together.
  Trainer(const TrainingSpec& spec, const RankPlace& place);
  ~Trainer();
  Trainer(const Trainer&) = delete;
  Trainer& operator=(const Trainer&) = delete;

  /// Goes on from the newest whole checkpoint in `folder`, whatever layout wrote it. Returns how
  /// many steps are done; 0 without one. Throws InputError if it was written for another model.
  std::int64_t resume(const std::filesystem::path& folder);
  /// One step of the optimizer, all ranks together. Throws if a rank is lost, and InputError when
  /// the loss has become infinite; what is in memory is then not to be used.
  StepReport step(const AskWish& wish);
  StepReport step(Wish wish) {
    return step([wish] { return wish; });
  }
  /// Writes a checkpoint into `folder`, all ranks together; durable when it returns. Keeps the last
  /// two.
  void save(const std::filesystem::path& folder);
  /// Mean loss in nats over the held-out text, all ranks together. Throws InputError if there is
  /// none.
  double evaluate();

  /// What resume() passed over or found changed, in words for the user.
  const std::vector<std::string>& warnings() const;
  std::int64_t steps_done() const;
  std::int64_t parameters() const;
  std::int64_t tokens_per_step() const;
  /// Of the optimizer's moments on this rank.
  std::int64_t moment_bytes() const;
  /// Most that was in use on the device so far.
  std::int64_t peak_memory_bytes() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tandem

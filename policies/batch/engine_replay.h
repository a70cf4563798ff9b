// Decision replay of one engine: what came to it comes again, and every batch must be decided
// again, byte for byte.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "policies/batch/engine.h"
#include "policies/batch/engine_journal.h"

namespace tandem {

/// Reads a journal into a fresh engine with a fresh policy. A journal whose facts contradict each
/// other is an InputError.
class EngineReplay {
 public:
  /// `reader` must outlive this. Throws InputError for an unknown policy.
  explicit EngineReplay(EngineJournalReader& reader);

  /// The next fact; false at the end. Throws ReplayMismatch ("FILE:LINE: recorded …, replay did …",
  /// policies/core/replay_world.h) if a batch differs.
  bool step();

  const Engine& engine() const { return engine_; }
  std::size_t batches() const { return batches_; }

 private:
  /// What may come: a batch that is decided is computed before anything else but submissions; one
  /// that may be repeated, until anything else happens.
  enum class Stage { kDecides, kComputes, kRepeats };

  void submit(const EngineSubmission& submission, const EngineRecord& at);
  void cancel(SequenceId sequence, const EngineRecord& at);
  void decide(const EngineDecision& recorded, const EngineRecord& at);
  void complete(const EngineCompletion& completion, const EngineRecord& at);
  /// Everybody is there who has ended, and nobody computes beyond its limit.
  void check_endings(const EngineCompletion& completion, const EngineRecord& at) const;
  [[noreturn]] void fail(const EngineRecord& at, const std::string& message) const;

  EngineJournalReader& reader_;
  std::unique_ptr<BatchPolicy> policy_;
  Engine engine_;
  const Batch* batch_ = nullptr;
  Stage stage_ = Stage::kDecides;
  std::uint32_t submitted_ = 0;
  std::size_t batches_ = 0;
};

}  // namespace tandem

// An engine whose every call is written down, whoever drives it.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include "policies/batch/engine.h"
#include "policies/batch/engine_journal.h"

namespace tandem {

class RecordedEngine {
 public:
  /// `policy` and `journal` must outlive this; the journal's head has been written. Without a
  /// journal nothing is.
  RecordedEngine(const EngineSettings& settings, BatchPolicy& policy, EngineJournalWriter* journal)
      : engine_(settings, policy), journal_(journal) {}

  const Engine& engine() const { return engine_; }

  // As those of Engine.
  void tell_prefixes(std::vector<PrefixChange>& changes) { engine_.tell_prefixes(changes); }
  SequenceId submit(Request request, std::uint32_t generated, Time now) {
    const SequenceId id = engine_.submit(std::move(request), generated, now);
    if (journal_ != nullptr) {
      journal_->submitted(id, engine_.sequence(id).request, generated, now);
    }
    return id;
  }
  void cancel(SequenceId sequence, Time now) {
    engine_.cancel(sequence, now);
    if (journal_ != nullptr) journal_->cancelled(sequence, now);
  }
  const Batch& next(Time now) {
    const Batch& batch = engine_.next(now);
    if (journal_ != nullptr) journal_->decided(batch, now);
    return batch;
  }
  void complete(std::int64_t steps, std::span<const SequenceId> ended, Time now) {
    engine_.complete(steps, ended, now);
    if (journal_ != nullptr) journal_->completed(steps, ended, now);
  }

 private:
  Engine engine_;
  EngineJournalWriter* journal_;
};

}  // namespace tandem

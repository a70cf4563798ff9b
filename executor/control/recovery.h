// Crash recovery is replay: what an earlier controller had decided is decided again, and what it
// had begun is taken over.
#pragma once

#include "executor/control/journal_log.h"
#include "executor/control/real_world.h"
#include "policies/core/scheduler.h"

namespace tandem {

/// Throws InputError if the journal is of another run than `header` says.
void check_same_run(const JournalRemains& remains, const std::string& file,
                    const RunHeader& header);

/// Brings a new scheduler and a new world to where the journal ends; `log`, which must be muted, is
/// left ready to go on. Throws ReplayMismatch if this program decides otherwise than the one that
/// wrote the journal.
void recover(const JournalRemains& remains, const std::string& file, Scheduler& scheduler,
             RealWorld& world, JournalLog& log);

}  // namespace tandem

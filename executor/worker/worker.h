// The life of a worker process: waits to be told what to run, runs it, waits again.
#pragma once

#include <string>

#include "executor/worker/computation.h"
#include "executor/worker/replica_run.h"

namespace tandem {

/// What a worker can run.
struct WorkerSkills {
  MakeComputation train;
  MakeLanguageModel serve;
};

/// The command line of a worker: --device N --endpoint E --on cpu|cuda:0. Returns when it is told
/// to leave, or when a rank has failed and that is known; then the process must end by _exit:
/// destructors may wait for peers that are gone. Throws InputError for a wrong command line.
int run_worker(int argc, char** argv, const WorkerSkills& skills);

}  // namespace tandem

// One rank from its start to its end: reads its state, steps, saves, evaluates, and tells of it.
#pragma once

#include "executor/worker/computation.h"
#include "executor/worker/control_link.h"

namespace tandem {

/// Returns when the rank has ended, one way or another; how stands in what `link` tells. False: it
/// failed, and this process is fit for nothing more: what other ranks left in it cannot be known.
bool run_rank(const RankTask& task, const std::string& device, const MakeComputation& make,
              ControlLink& link);

}  // namespace tandem

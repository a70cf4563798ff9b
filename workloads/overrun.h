// What becomes of jobs that run longer than their tenants said: the one place that decides it.
#pragma once

#include <cstddef>
#include <string>

#include "workloads/arrival.h"

namespace tandem {

/// What a wrong estimate does.
enum class Overrun {
  kRaise,  ///< It is raised to the run time: no estimate is below it.
  kKill,   ///< The estimate is a walltime: the job fails when it is over.
  kRun,    ///< Nothing: the job runs on, and whoever believed the estimate was wrong.
};

/// Applies the rule to a job whose estimate is below its run time. Once or more often.
void settle_estimate(Arrival& arrival, Overrun overrun);

/// The sentence that tells of so many such jobs, more than 0.
std::string overrun_warning(std::size_t jobs, Overrun overrun);

}  // namespace tandem

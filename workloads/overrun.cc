#include "workloads/overrun.h"

#include <fmt/format.h>

namespace tandem {

void settle_estimate(Arrival& arrival, Overrun overrun) {
  if (arrival.job.estimate >= arrival.run_time) return;
  if (overrun == Overrun::kRaise) arrival.job.estimate = arrival.run_time;
  if (overrun != Overrun::kKill) return;
  arrival.run_time = arrival.job.estimate;
  arrival.killed = true;
}

std::string overrun_warning(std::size_t jobs, Overrun overrun) {
  const std::string counted = fmt::format("{} job{}", jobs, jobs == 1 ? "" : "s");
  switch (overrun) {
    case Overrun::kRaise:
      return fmt::format("raised the estimate of {} to the run time (workload.overrun: raise)",
                         counted);
    case Overrun::kKill:
      return fmt::format("{} will fail at the estimate, before being done (workload.overrun: kill)",
                         counted);
    case Overrun::kRun: break;
  }
  return fmt::format("{} will run longer than estimated (workload.overrun: run)", counted);
}

}  // namespace tandem

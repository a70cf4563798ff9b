// How often a gang saves itself: as told, or as the formulas of Young and Daly say.
#pragma once

#include <optional>

#include "policies/core/units.h"
#include "workloads/scenario.h"

namespace tandem {

/// Young 1974: sqrt(2 * cost * mtbf). Seconds.
double young_interval_s(double cost_s, double mtbf_s);

/// Daly 2006 (Future Generation Computer Systems 22), his equation 37: with d = cost and M = mtbf,
/// sqrt(2 d M) (1 + sqrt(d / 2M) / 3 + d / 18M) - d where d < 2M, else M. Seconds.
double daly_interval_s(double cost_s, double mtbf_s);

/// Daly's complete model, his equation 20: the mean time in which `work_s` of work gets done if a
/// gang saves itself each `interval_s` of work for `cost_s`, fails at exponential times, and needs
/// `restart_s` to go on: M e^(R/M) (e^((interval + cost) / M) - 1) work / interval. Seconds.
double daly_time_s(double work_s, double interval_s, double cost_s, double restart_s,
                   double mtbf_s);

/// Mean time between failures of a gang: of any of its nodes or their racks. Nothing: none fails.
std::optional<Duration> gang_mtbf(const FailureSettings& failures, std::size_t nodes,
                                  std::size_t racks);

/// The time to compute between checkpoints for a gang that fails every `mtbf` and takes `cost` to
/// save itself; nothing: it never does.
std::optional<Duration> checkpoint_interval(const FailureSettings& failures,
                                            std::optional<Duration> mtbf, Duration cost);

}  // namespace tandem

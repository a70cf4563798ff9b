// The programme behind max-min fairness, makespan and finish-time fairness: raise the level that
// every job reaches, then go on with those that can still rise.
#pragma once

#include <span>
#include <vector>

#include "policies/global/job_classes.h"
#include "policies/global/warm_start.h"

namespace tandem {

/// Fractions of time by job and device type, row after row, and what they were best at.
struct Fractions {
  double objective = 0;
  std::vector<double> values;
};

/// Maximise L with `sum_j rate_ij X_ij >= L` for every job i, `sum_j X_ij <= 1` and `sum_i
/// devices_i X_ij <= devices of type j`, X >= 0. (Narayanan et al., OSDI'20, section 4.)
///
/// The level alone leaves devices idle: once one job can rise no further, nothing asks that others
/// do. So the search goes on: jobs whose level has a price are bottlenecks and keep it, the level
/// of the rest is raised, and so on (water-filling, there section 4.3), up to kStages levels. If
/// then some can rise still, everybody keeps what they have and the sum of all levels is maximised;
/// it is where an underloaded cluster ends, each job there having another ceiling. Levels once
/// reached are kept to one part in a million.
class LevelLp {
 public:
  enum class Depth { kLowestLevel, kFilled };
  static constexpr int kStages = 4;

  /// The objective is L of the lowest level. Jobs without any rate get nothing and hold nobody
  /// down.
  Fractions solve(std::span<const RateRow> rows, std::span<const double> devices, Depth depth);

 private:
  WarmStart lowest_;
  WarmStart sum_;
};

}  // namespace tandem

// The programme behind the cost policy: the most throughput for each unit of money, with the
// deadlines that can be met.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "policies/global/job_classes.h"
#include "policies/global/level_lp.h"
#include "policies/global/warm_start.h"

namespace tandem {

/// How many devices of a type there are, and what one costs for each unit of time, more than 0.
struct DeviceSupply {
  double devices = 0;
  double price = 1;
};

/// Maximise `sum_i devices_i * sum_j rate_ij X_ij / sum_i devices_i * sum_j price_j X_ij` under the
/// constraints of LevelLp and `sum_j rate_ij X_ij >= floor_i`. (Narayanan et al., OSDI'20, section
/// 4.2: minimise cost.) A ratio of linear functions becomes linear by the change of variables of
/// Charnes and Cooper (1962): y = t X, with t such that the cost of y is constant. Many allocations
/// have the best ratio, down to nearly nothing; the one with the smallest t does most.
///
/// Not all floors may be possible together. Those that their job cannot reach even alone are
/// dropped first. Then the sum of the unmet parts of floors, each times its job's weight, is
/// minimised, and every floor not met in full is dropped: large demands before small ones, the
/// light before the heavy.
class CostLp {
 public:
  struct Answer {
    Fractions fractions;                 ///< The objective is the ratio; 0 if nobody can run.
    std::vector<std::uint32_t> dropped;  ///< Rows whose floors are not met, ascending.
  };

  Answer solve(std::vector<RateRow> rows, std::span<const DeviceSupply> supplies);

 private:
  WarmStart floors_;
  WarmStart ratio_;
};

}  // namespace tandem

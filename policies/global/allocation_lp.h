// Gavel's allocation policies as linear programmes: which fraction of its time each job should
// spend on each type of device. Pure numbers; who runs when is for the policy that asks.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "policies/global/cost_lp.h"
#include "policies/global/level_lp.h"

namespace tandem {

/// What an allocation is best at. (Narayanan et al., OSDI'20, sections 4.1 and 4.2; T_ij throughput
/// of job i on type j, X_ij its fraction of time there, W_j devices of type j.)
enum class AllocationGoal : std::uint8_t {
  /// Maximise min_i `devices_i * sum_j T_ij X_ij / (weight_i * T_i^eq)`, T_i^eq = `sum_j T_ij W_j /
  /// sum_j W_j`: what the job would get done if it spent all its time on the types in proportion to
  /// their numbers. (reference.md, section 1: objective 0.727273.) As in Gavel's program the weight
  /// divides: at equal levels twice the weight is twice the throughput.
  kMaxMin,
  /// Minimise the time until the last job ends, max_i `work_i / sum_j T_ij X_ij`, in seconds.
  kMakespan,
  /// Minimise the worst ratio of `elapsed_i + work_i / sum_j T_ij X_ij` to the same with an equal
  /// share of the cluster, 1/n of each type for each of n jobs. (Themis, NSDI'20, as Gavel states
  /// it.)
  kFinishTime,
  /// Maximise throughput for money: `sum_i devices_i * sum_j T_ij X_ij / max_j T_ij` over `sum_i
  /// devices_i * sum_j price_j X_ij`, while each job with a deadline meets it. Only the best value
  /// for money runs: a job without a deadline that runs best on a dear type waits.
  kCost,
};

struct AllocationJob {
  std::uint32_t id = 0;            ///< The same from call to call, and unique in each.
  double devices = 1;              ///< Of its gang, 1 or more: Gavel's scale factor.
  double weight = 1;               ///< More than 0. Of a deadline too, under kCost.
  std::vector<double> throughput;  ///< Steps per second by device type; 0: cannot run there.
  double work = 0;                 ///< Steps left. Not used by kMaxMin.
  double elapsed = 0;              ///< Seconds since it was submitted. kFinishTime only.
  /// Seconds until its deadline, less than 0 if past. kCost only.
  double time_left = std::numeric_limits<double>::infinity();
};

/// What jobs get, by their index in the call.
struct Apportionment {
  std::size_t types = 0;
  std::vector<double> fractions;       ///< Job after job; in [0, 1], multiples of 2^-30.
  double objective = 0;                ///< In the unit of the goal; 0 if no job can run.
  std::vector<std::uint32_t> dropped;  ///< Jobs whose deadlines cannot be met, ascending.

  double at(std::size_t job, std::size_t type) const { return fractions[job * types + type]; }
};

/// Solves one goal again and again as jobs come and go, each time from where it last ended.
///
/// `sum_j X_ij <= 1` for each job and `sum_i devices_i X_ij <= W_j` for each type. A gang larger
/// than W_j cannot run on type j; a job that can run nowhere gets nothing and holds nobody up, as
/// does one without work where work counts. Identical jobs get identical fractions. The same calls
/// give the same bits; a call that follows others has the same objective as it would alone, but may
/// get there with other fractions where several are best.
class AllocationLp {
 public:
  explicit AllocationLp(AllocationGoal goal) : goal_(goal) {}

  Apportionment solve(std::span<const AllocationJob> jobs, std::span<const DeviceSupply> supplies);

 private:
  Fractions solve_level(std::span<const AllocationJob> jobs,
                        std::span<const DeviceSupply> supplies);
  Fractions solve_finish_time(std::span<const AllocationJob> jobs,
                              std::span<const DeviceSupply> supplies,
                              std::span<const double> devices);

  AllocationGoal goal_;
  LevelLp level_;
  CostLp cost_;
  double last_ratio_ = 0;  ///< kFinishTime only.
};

}  // namespace tandem

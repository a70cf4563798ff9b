#include "policies/global/allocation_lp.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "policies/core/check.h"

namespace tandem {
namespace {

using Jobs = std::span<const AllocationJob>;
using Supplies = std::span<const DeviceSupply>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kConverged = 1 - 1e-7;  // Of a ratio from one step to the next.

double total_devices(Supplies supplies) {
  double total = 0;
  for (const DeviceSupply& supply : supplies) total += supply.devices;
  return total;
}

/// The throughput of a job where its gang fits, 0 elsewhere.
std::vector<double> usable_throughput(const AllocationJob& job, Supplies supplies) {
  CHECK(job.throughput.size() == supplies.size(), "job {} has {} throughputs for {} device types",
        job.id, job.throughput.size(), supplies.size());
  std::vector<double> usable = job.throughput;
  for (std::size_t type = 0; type < usable.size(); ++type) {
    if (job.devices > supplies[type].devices) usable[type] = 0;
  }
  return usable;
}

/// Throughput if the job always ran, on the types in proportion to their numbers: T_i^eq.
double equal_throughput(const AllocationJob& job, Supplies supplies) {
  const std::vector<double> usable = usable_throughput(job, supplies);
  double sum = 0;
  for (std::size_t type = 0; type < usable.size(); ++type) {
    sum += usable[type] * supplies[type].devices;
  }
  return sum / total_devices(supplies);
}

/// Rows of LevelLp with rates T_ij / need(i); a need of 0 is a job that wants nothing.
template <class Need>
std::vector<RateRow> level_rows(Jobs jobs, Supplies supplies, const Need& need) {
  std::vector<RateRow> rows;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    RateRow& row = rows.emplace_back();
    row.id = jobs[i].id;
    row.devices = jobs[i].devices;
    row.rates = usable_throughput(jobs[i], supplies);
    const double needed = need(i);
    for (double& rate : row.rates) rate = needed > 0 ? rate / needed : 0;
  }
  return rows;
}

/// Rows of CostLp: rates T_ij / max_j T_ij, and the least rate that meets the deadline.
std::vector<RateRow> cost_rows(Jobs jobs, Supplies supplies) {
  std::vector<RateRow> rows;
  for (const AllocationJob& job : jobs) {
    RateRow& row = rows.emplace_back();
    row.id = job.id;
    row.devices = job.devices;
    row.weight = job.weight;
    row.rates = usable_throughput(job, supplies);
    const double fastest = std::ranges::max(row.rates);
    for (double& rate : row.rates) rate = fastest > 0 ? rate / fastest : 0;
    if (job.work <= 0 || job.time_left == kInfinity) continue;
    const bool possible = fastest > 0 && job.time_left > 0;
    row.floor = possible ? job.work / job.time_left / fastest : kInfinity;
  }
  return rows;
}

/// Clears what is less than the programmes' own tolerance, and rounds to a grain far coarser than
/// the last bits in which machines may differ.
double clean(double fraction) {
  constexpr double kLeast = 1e-6;
  constexpr double kGrains = 1 << 30;
  if (fraction < kLeast) return 0;
  return std::min(1.0, std::round(fraction * kGrains) / kGrains);
}

/// Finish-time fairness is no linear programme, but each ratio sets every job a least throughput,
/// and the lowest level of those says whether it can be had.
class FinishTime {
 public:
  FinishTime(Jobs jobs, Supplies supplies) : jobs_(jobs), supplies_(supplies) {
    const double share = total_devices(supplies) / static_cast<double>(jobs.size());
    for (const AllocationJob& job : jobs) {
      const double alone = equal_throughput(job, supplies) * std::min(1.0, share / job.devices);
      fair_time_.push_back(alone > 0 ? job.elapsed + job.work / alone : 0);
    }
  }

  /// The rows of LevelLp that ask for `ratio`: it can be had if their level is 1 or more.
  std::vector<RateRow> rows(double ratio) const {
    return level_rows(jobs_, supplies_, [&](std::size_t i) {
      const double time_left = ratio * fair_time_[i] - jobs_[i].elapsed;
      return time_left > 0 ? jobs_[i].work / time_left : 0;
    });
  }

  /// The worst ratio of all jobs that want something.
  double ratio(const Fractions& fractions) const {
    const std::size_t types = supplies_.size();
    double worst = 0;
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      if (fair_time_[i] <= 0 || jobs_[i].work <= 0) continue;
      const auto fraction = fractions.values.begin() + static_cast<std::ptrdiff_t>(i * types);
      const std::vector<double> usable = usable_throughput(jobs_[i], supplies_);
      const double throughput = std::inner_product(usable.begin(), usable.end(), fraction, 0.0);
      worst = std::max(worst, (jobs_[i].elapsed + jobs_[i].work / throughput) / fair_time_[i]);
    }
    return worst;
  }

 private:
  Jobs jobs_;
  Supplies supplies_;
  std::vector<double> fair_time_;  ///< Seconds from submission to end with an equal share.
};

}  // namespace

Apportionment AllocationLp::solve(Jobs jobs, Supplies supplies) {
  CHECK(!supplies.empty(), "no device types for {} jobs", jobs.size());
  Apportionment allocation{
      .types = supplies.size(), .fractions = {}, .objective = 0, .dropped = {}};
  Fractions best;
  if (goal_ == AllocationGoal::kCost) {
    CostLp::Answer answer = cost_.solve(cost_rows(jobs, supplies), supplies);
    best = std::move(answer.fractions);
    allocation.dropped = std::move(answer.dropped);
  } else {
    best = solve_level(jobs, supplies);
  }
  allocation.objective = best.objective;
  for (const double fraction : best.values) allocation.fractions.push_back(clean(fraction));
  return allocation;
}

Fractions AllocationLp::solve_level(Jobs jobs, Supplies supplies) {
  std::vector<double> devices;
  for (const DeviceSupply& supply : supplies) devices.push_back(supply.devices);
  if (goal_ == AllocationGoal::kFinishTime) return solve_finish_time(jobs, supplies, devices);
  const bool makespan = goal_ == AllocationGoal::kMakespan;
  const std::vector<RateRow> rows = level_rows(jobs, supplies, [&](std::size_t i) {
    const AllocationJob& job = jobs[i];
    return makespan ? job.work : job.weight * equal_throughput(job, supplies) / job.devices;
  });
  Fractions best = level_.solve(rows, devices, LevelLp::Depth::kFilled);
  if (makespan && best.objective > 0) best.objective = 1 / best.objective;
  return best;
}

Fractions AllocationLp::solve_finish_time(Jobs jobs, Supplies supplies,
                                          std::span<const double> devices) {
  const FinishTime goal(jobs, supplies);
  const auto reach = [&](const std::vector<RateRow>& rows) {
    return goal.ratio(level_.solve(rows, devices, LevelLp::Depth::kLowestLevel));
  };
  // Whoever reaches more than level 1 at some ratio reaches a lower ratio: the worst ratio falls
  // until it is the best there is (the method of Dinkelbach, 1967; a handful of steps). Any
  // allocation that lets everybody end will do to start with; that of the last ratio may not.
  double ratio = reach(goal.rows(last_ratio_));
  if (ratio == kInfinity) {
    ratio = reach(level_rows(jobs, supplies, [&](std::size_t i) { return jobs[i].work; }));
  }
  std::vector<RateRow> rows = goal.rows(ratio);
  for (double next = reach(rows); next < ratio * kConverged; next = reach(rows)) {
    ratio = next;
    rows = goal.rows(ratio);
  }
  last_ratio_ = ratio;
  Fractions best = level_.solve(rows, devices, LevelLp::Depth::kFilled);
  best.objective = ratio;
  return best;
}

}  // namespace tandem

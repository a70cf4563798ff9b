// Finish-time fairness: whether jobs end later than they would have on an equal share of the
// devices of their own.
//
// A mean wait hides whom it is paid by. Rho looks at one job at a time and compares its life with
// the one it would have had if the cluster had been cut into equal parts, so that long and short,
// wide and narrow jobs are judged by the same measure.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "policies/core/units.h"
#include "reports/statistics.h"

namespace tandem {

/// The share of jobs whose rho is at most `rho`.
struct CdfPoint {
  double rho = 0;
  double share = 0;
  friend bool operator==(const CdfPoint&, const CdfPoint&) = default;
};

/// Of completed jobs that asked for devices and computed for some time.
struct FinishTimeFairness {
  Percentiles rho;    ///< Its largest is the worst.
  double unfair = 0;  ///< The share of jobs whose rho is above 1.
  std::vector<CdfPoint> cdf;
  friend bool operator==(const FinishTimeFairness&, const FinishTimeFairness&) = default;
};

/// Themis (Mahajan et al., NSDI'20): rho = T_shared / T_isolated, above 1 is unfair.
/// - T_shared: the JCT, from submission to Finished.
/// - N_avg: the mean number of jobs with devices that wait or run, over the life of the job and
///   with the job itself.
/// - T_isolated: the job on a share of N_gpus / N_avg devices, N_gpus being all of the cluster,
///   whatever their types: run * max(1, devices * N_avg / N_gpus). Its work is stretched when its
///   gang is wider than the share, and it never runs faster than it did. run is the time executed
///   less lost work.
///
/// A job costs O(1), through the integral of the number of active jobs over time. That is kept in
/// whole job-microseconds modulo 2^64: a difference is exact while the life of one job, times its
/// rivals, stays below 584,000 years.
class FinishTime {
 public:
  void set_devices(std::uint32_t devices) { devices_ = devices; }
  void advance(Time now);

  /// A job that asks for devices is submitted. The mark is to be given back when it completes.
  std::uint64_t enter();
  /// It ended, whatever became of it.
  void leave() { --active_; }
  /// It completed now, before leave(). A job that computed for no time has no rho.
  void complete(std::uint64_t mark, Time submitted, Duration run, std::uint32_t devices);

  /// Nothing if no job has a rho.
  std::optional<FinishTimeFairness> result() const;

 private:
  std::uint32_t devices_ = 0;
  Time now_;
  std::uint64_t active_ = 0;
  std::uint64_t job_microseconds_ = 0;
  std::deque<double> rhos_;
};

}  // namespace tandem
